package io.amqproxy.program.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Makes a request of HTTP/1 of the octets of a connection (RFC 9112), without a socket. What it keeps is bounded; a
 * body has a length that is known ahead.
 */
final class RequestReader {

    /** How far a request has come. */
    enum Verdict {
        /** It goes on. */
        MORE,
        /** Who sends it waits for a word before it sends the body. */
        CONTINUE,
        /** It is here. */
        COMPLETE,
        /** It is none, or too large; see {@link #refusal}. */
        REFUSED
    }

    static final int MAX_LINE = 4096;
    static final int MAX_HEADERS = 16 * 1024;
    static final int MAX_BODY = 4096;

    private static final int CAPACITY = 512;
    private static final Answer NO_REQUEST = Answer.text(400, "this is not a request");

    private byte[] held = new byte[CAPACITY];
    private int count;
    /** Where the line begins that is being read, and how far it was looked at. */
    private int lineBegin;

    private int scanned;
    private int headersBegin;
    private @Nullable RequestHead head;
    private boolean isHeadRead;
    private int bodyBegin;
    private Answer refusal = NO_REQUEST;

    /** Takes octets, all of them; after {@link Verdict#REFUSED} no more. */
    Verdict read(ByteBuffer octets) {
        hold(octets);
        boolean hadHead = isHeadRead;
        if (!hadHead) {
            Answer why = readHead();
            if (why != null) {
                refusal = why;
                return Verdict.REFUSED;
            }
        }
        if (head == null || !isHeadRead) {
            return Verdict.MORE;
        }
        if (count - bodyBegin >= head.length()) {
            return Verdict.COMPLETE;
        }
        return !hadHead && head.awaitsContinue() ? Verdict.CONTINUE : Verdict.MORE;
    }

    private void hold(ByteBuffer octets) {
        int needed = count + octets.remaining();
        if (needed > held.length) {
            held = Arrays.copyOf(held, Math.max(needed, 2 * held.length));
        }
        octets.get(held, count, octets.remaining());
        count = needed;
    }

    /** Reads lines as far as there are any; returns why they are no request, or null. */
    private @Nullable Answer readHead() {
        while (!isHeadRead && scanned < count) {
            if (held[scanned++] == '\n' && !isGood(line())) {
                return NO_REQUEST;
            }
        }
        if (isHeadRead && head != null) {
            return head.problem();
        }
        return isTooLarge() ? NO_REQUEST : null;
    }

    /** What ends here, without its end; a lone line feed ends one as well (section 2.2). */
    private String line() {
        int end = scanned - 1;
        if (end > lineBegin && held[end - 1] == '\r') {
            end--;
        }
        String line = new String(held, lineBegin, end - lineBegin, StandardCharsets.ISO_8859_1);
        lineBegin = scanned;
        return line;
    }

    private boolean isGood(String line) {
        if (isTooLarge()) {
            return false;
        }
        if (head == null) {
            if (line.isEmpty()) {
                return true; // Some send one behind the request before.
            }
            head = RequestHead.of(line);
            headersBegin = scanned;
            return head != null;
        }
        if (line.isEmpty()) {
            isHeadRead = true;
            bodyBegin = scanned;
            return true;
        }
        return head.add(line);
    }

    private boolean isTooLarge() {
        return head == null ? scanned > MAX_LINE : scanned - headersBegin > MAX_HEADERS;
    }

    /** {@return what is answered to what is no request, or none that is served} */
    Answer refusal() {
        return refusal;
    }

    /** {@return what stands before the body of a complete request} */
    RequestHead head() {
        if (head == null) {
            throw new IllegalStateException("there is no request");
        }
        return head;
    }

    /** {@return the body of a complete request} */
    String body() {
        return new String(held, bodyBegin, head().length(), StandardCharsets.UTF_8);
    }

    /** {@return whether there was more behind a complete request} */
    boolean hasMore() {
        return count - bodyBegin > head().length();
    }
}
