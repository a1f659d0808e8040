package io.amqproxy.program.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** Answers as they are sent (RFC 9112, section 4). */
final class AnswerOctets {

    private static final int COMPRESSED_FROM = 1024;
    private static final String ALWAYS = "cache-control: no-store\r\n"
            + "x-content-type-options: nosniff\r\n"
            + "referrer-policy: no-referrer\r\n"
            + "content-security-policy: default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
            + " img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none';"
            + " require-trusted-types-for 'script'; trusted-types 'none'\r\n";

    private AnswerOctets() {}

    /**
     * Writes an answer.
     *
     * @param allowed the method that is to be used instead, or null
     * @param isHead whether the body is left out
     * @param isLast whether the connection ends with it
     */
    static ByteBuffer of(Answer answer, @Nullable String allowed, boolean takesGzip, boolean isHead, boolean isLast) {
        byte[] plain = answer.body().getBytes(StandardCharsets.UTF_8);
        boolean isCompressed = takesGzip && plain.length >= COMPRESSED_FROM;
        byte[] body = isCompressed ? gzip(plain) : plain;
        StringBuilder head = new StringBuilder(ALWAYS.length() + COMPRESSED_FROM / 2);
        head.append("HTTP/1.1 ").append(answer.status()).append(' ').append(reason(answer.status()));
        head.append("\r\ncontent-type: ").append(answer.type());
        head.append("\r\ncontent-length: ").append(body.length).append("\r\n");
        head.append(ALWAYS);
        if (isCompressed) {
            head.append("content-encoding: gzip\r\n");
        }
        if (allowed != null) {
            head.append("allow: ").append(allowed).append("\r\n");
        }
        if (isLast) {
            head.append("connection: close\r\n");
        }
        byte[] lines = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer all = ByteBuffer.allocate(lines.length + (isHead ? 0 : body.length)).put(lines);
        return (isHead ? all : all.put(body)).flip();
    }

    private static byte[] gzip(byte[] plain) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(plain.length / 4);
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(plain);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return out.toByteArray();
    }

    /** It is for people; programs go by the number. */
    private static String reason(int status) {
        return switch (status) {
            case 200 -> "OK";
            case 400 -> "Bad Request";
            case 401 -> "Unauthorized";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 411 -> "Length Required";
            case 413 -> "Content Too Large";
            case 417 -> "Expectation Failed";
            case 421 -> "Misdirected Request";
            case 503 -> "Service Unavailable";
            default -> status < 500 ? "Refused" : "Failed";
        };
    }
}
