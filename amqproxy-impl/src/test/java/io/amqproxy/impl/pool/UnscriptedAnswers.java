package io.amqproxy.impl.pool;

import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.Method;
import org.jspecify.annotations.Nullable;

/** What a broker says to methods that it does as it is told and that the {@link ScriptedBroker} does not play. */
final class UnscriptedAnswers {

    private UnscriptedAnswers() {}

    static void send(ScriptedBroker.Connection connection, int channel, Method method, int bits) {
        Method answer = answerTo(method);
        if (answer == null || !method.isAnswered(bits)) {
            return;
        }
        connection.send(Frames.method(channel, answer, writer -> {
            switch (answer) {
                case QUEUE_PURGE_OK -> writer.longInt(0);
                case ACCESS_REQUEST_OK -> writer.shortInt(1);
                default -> {}
            }
        }));
    }

    private static @Nullable Method answerTo(Method method) {
        return switch (method) {
            case QUEUE_BIND -> Method.QUEUE_BIND_OK;
            case QUEUE_UNBIND -> Method.QUEUE_UNBIND_OK;
            case QUEUE_PURGE -> Method.QUEUE_PURGE_OK;
            case EXCHANGE_BIND -> Method.EXCHANGE_BIND_OK;
            case EXCHANGE_UNBIND -> Method.EXCHANGE_UNBIND_OK;
            case EXCHANGE_DELETE -> Method.EXCHANGE_DELETE_OK;
            case BASIC_RECOVER -> Method.BASIC_RECOVER_OK;
            case ACCESS_REQUEST -> Method.ACCESS_REQUEST_OK;
            default -> null;
        };
    }

    /** The octet of bits of such a method, 0 where it has none. */
    static int bits(Method method, ArgumentReader arguments) throws AmqpException {
        String types = method.arguments();
        for (int i = 0; i < types.length(); i++) {
            switch (types.charAt(i)) {
                case 's' -> arguments.shortInt();
                case 'S' -> arguments.skipShortString();
                case 'B' -> {
                    return arguments.octet();
                }
                default -> {
                    return 0;
                }
            }
        }
        return 0;
    }
}
