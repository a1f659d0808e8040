package io.amqproxy.impl.core;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.util.List;

/** Names the protocol whose client has come to the wrong port, by the first octets that it sent. */
public final class FirstOctets {

    private static final int TLS_HANDSHAKE = 0x16;
    private static final int TLS_MAJOR = 3;
    private static final int MQTT_CONNECT = 0x10;
    private static final byte[] PROXY_2 = {'\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'};

    private static final List<String> HTTP =
            List.of("GET ", "POST ", "PUT ", "HEAD ", "OPTIONS ", "DELETE ", "PATCH ", "TRACE ", "CONNECT ", "PRI * ");

    private FirstOctets() {}

    /** A fixed word for the octets from the buffer's position on. */
    public static String protocol(ByteBuffer in) {
        if (octet(in, 0) == TLS_HANDSHAKE && octet(in, 1) == TLS_MAJOR) {
            return "TLS";
        }
        if (begins(in, PROXY_2) || begins(in, "PROXY ")) {
            return "PROXY";
        }
        if (HTTP.stream().anyMatch(method -> begins(in, method))) {
            return "HTTP";
        }
        if (begins(in, "AMQP")) {
            return "another AMQP";
        }
        if (octet(in, 0) == MQTT_CONNECT) {
            return "MQTT";
        }
        return begins(in, "CONNECT\n") || begins(in, "CONNECT\r") || begins(in, "STOMP\n") || begins(in, "STOMP\r")
                ? "STOMP"
                : "unknown";
    }

    private static int octet(ByteBuffer in, int index) {
        return index < in.remaining() ? in.get(in.position() + index) & 0xff : -1;
    }

    private static boolean begins(ByteBuffer in, String text) {
        return begins(in, text.getBytes(US_ASCII));
    }

    private static boolean begins(ByteBuffer in, byte[] octets) {
        for (int i = 0; i < octets.length; i++) {
            if (octet(in, i) != octets[i]) {
                return false;
            }
        }
        return true;
    }
}
