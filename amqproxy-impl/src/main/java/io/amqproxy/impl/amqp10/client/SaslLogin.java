package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.codec.AmqpError;
import io.amqproxy.impl.core.Credentials;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What a client says in {@code sasl-init} to log in (part 5, section 5.3.3.2). */
final class SaslLogin {

    /** The secret of nobody, which PLAIN cannot bring: such a client has an account of its own. */
    private static final byte[] NOBODYS = {0};

    private SaslLogin() {}

    /** {@return the credentials} The response is wiped. */
    static Credentials read(String mechanism, byte[] response) throws AmqpError {
        Credentials credentials = switch (mechanism) {
            case "PLAIN" -> plain(response);
            case "ANONYMOUS" -> new Credentials("ANONYMOUS", "anonymous", NOBODYS);
            default ->
                throw AmqpError.connection(AmqpError.NOT_IMPLEMENTED, "mechanism '" + mechanism + "' is not supported");
        };
        Arrays.fill(response, (byte) 0);
        return credentials;
    }

    /** RFC 4616: an authorisation identity, which is not looked at, user, password. */
    private static Credentials plain(byte[] response) throws AmqpError {
        int first = indexOfNul(response, 0);
        int second = first < 0 ? -1 : indexOfNul(response, first + 1);
        if (second < 0 || indexOfNul(response, second + 1) >= 0) {
            throw AmqpError.connection(AmqpError.DECODE_ERROR, "response of mechanism PLAIN is malformed");
        }
        String user = new String(response, first + 1, second - first - 1, StandardCharsets.UTF_8);
        byte[] secret = Arrays.copyOfRange(response, second + 1, response.length);
        Credentials credentials = new Credentials("PLAIN", user, secret);
        Arrays.fill(secret, (byte) 0);
        return credentials;
    }

    private static int indexOfNul(byte[] octets, int from) {
        for (int i = from; i < octets.length; i++) {
            if (octets[i] == 0) {
                return i;
            }
        }
        return -1;
    }
}
