package io.amqproxy.impl.amqp091.client;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.FieldTable;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.amqp091.codec.ReplyCode;
import io.amqproxy.impl.core.Credentials;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The response in a client's {@code start-ok}, which has user and secret in it as the mechanism wants them. */
final class LoginResponse {

    private LoginResponse() {}

    /** {@return the credentials} The response is wiped where it has any. */
    static Credentials read(String mechanism, byte[] response) throws AmqpException {
        Credentials credentials = switch (mechanism) {
            case "PLAIN" -> plain(response);
            case "AMQPLAIN" -> amqplain(response);
            default ->
                throw AmqpException.connection(
                        ReplyCode.COMMAND_INVALID,
                        "unknown authentication mechanism '" + mechanism + "'",
                        Method.CONNECTION_START_OK.id());
        };
        Arrays.fill(response, (byte) 0);
        return credentials;
    }

    /** RFC 4616, without an authorisation identity and without octets of zero in the password, as RabbitMQ wants it. */
    private static Credentials plain(byte[] response) throws AmqpException {
        int second = indexOfNul(response, 1);
        if (indexOfNul(response, 0) != 0 || second < 0 || indexOfNul(response, second + 1) >= 0) {
            throw AmqpException.connection(
                    ReplyCode.SYNTAX_ERROR,
                    "response of mechanism PLAIN is malformed",
                    Method.CONNECTION_START_OK.id());
        }
        String user = new String(response, 1, second - 1, StandardCharsets.UTF_8);
        byte[] secret = Arrays.copyOfRange(response, second + 1, response.length);
        return credentials("PLAIN", user, secret);
    }

    private static int indexOfNul(byte[] bytes, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == 0) {
                return i;
            }
        }
        return -1;
    }

    /** A field table without its length, with LOGIN and PASSWORD (RabbitMQ's page on access control). */
    private static Credentials amqplain(byte[] response) throws AmqpException {
        ByteBuffer frame = ByteBuffer.allocate(Frame.OVERHEAD + 8 + response.length);
        frame.putInt(Frame.SIZE_OFFSET, 8 + response.length);
        frame.putInt(Frame.PAYLOAD_OFFSET, Method.CONNECTION_START_OK.id());
        frame.putInt(Frame.PAYLOAD_OFFSET + 4, response.length);
        frame.put(Frame.PAYLOAD_OFFSET + 8, response);
        int table = new ArgumentReader().reset(frame, 0).skipTable();
        byte[] user = FieldTable.octets(frame, table, "LOGIN");
        byte[] secret = FieldTable.octets(frame, table, "PASSWORD");
        Arrays.fill(frame.array(), (byte) 0);
        if (user == null || secret == null) {
            if (secret != null) {
                Arrays.fill(secret, (byte) 0);
            }
            throw AmqpException.connection(
                    ReplyCode.SYNTAX_ERROR,
                    "AMQPLAIN auth info " + (user == null ? "LOGIN" : "PASSWORD") + " is missing",
                    Method.CONNECTION_START_OK.id());
        }
        return credentials("AMQPLAIN", new String(user, StandardCharsets.UTF_8), secret);
    }

    /** They have a copy of the secret; this one is wiped. */
    private static Credentials credentials(String mechanism, String user, byte[] secret) {
        Credentials credentials = new Credentials(mechanism, user, secret);
        Arrays.fill(secret, (byte) 0);
        return credentials;
    }
}
