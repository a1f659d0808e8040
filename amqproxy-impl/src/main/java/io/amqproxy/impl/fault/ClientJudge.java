package io.amqproxy.impl.fault;

import io.amqproxy.ClientInfo;
import io.amqproxy.impl.amqp091.codec.AmqpException;
import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.fault.RunningFault.Kind;
import io.amqproxy.impl.pool.spi.FrameJudge;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What goes wrong on purpose with methods of AMQP 0-9-1 that one client sends. It belongs to the client's loop. */
final class ClientJudge implements FrameJudge {

    private static final int BITS_OF_ACK = Frame.PAYLOAD_OFFSET + 4 + 8;
    private static final int MULTIPLE = 1;
    private static final int REQUEUE_REJECTED = 1;
    private static final int REQUEUE_ALL = 1 << 1;

    private final FaultHub hub;
    private final InboundSession client;
    private final ArgumentReader arguments = new ArgumentReader();

    ClientJudge(FaultHub hub, InboundSession client) {
        this.hub = hub;
        this.client = client;
    }

    @Override
    public @Nullable Failure judge(ByteBuffer in, int at, int channel) {
        Method method = Method.of(Frame.methodId(in, at));
        if (method == null || method == Method.CHANNEL_CLOSE || method == Method.CHANNEL_CLOSE_OK) {
            return null;
        }
        ClientInfo info = client.info();
        List<String> names = names(method, in, at);
        RunningFault fault = hub.first(
                Kind.FAILED_METHOD,
                failed -> failed.terms().method() == method
                        && failed.occurrences().happens(info, channel, names));
        if (fault != null) {
            return new Failure((int) fault.terms().amount(), fault.terms().text());
        }
        if (method == Method.BASIC_ACK && hub.happens(Kind.REDELIVERY, info, channel) != null) {
            requeue(in, at);
        }
        return null;
    }

    /** Makes an acknowledgement what gives the messages back. */
    private static void requeue(ByteBuffer in, int at) {
        boolean isMultiple = (in.get(at + BITS_OF_ACK) & MULTIPLE) != 0;
        Method instead = isMultiple ? Method.BASIC_NACK : Method.BASIC_REJECT;
        in.putInt(at + Frame.PAYLOAD_OFFSET, instead.id());
        in.put(at + BITS_OF_ACK, (byte) (isMultiple ? MULTIPLE | REQUEUE_ALL : REQUEUE_REJECTED));
    }

    /** What the method names: queues, exchanges, keys, consumers. */
    private List<String> names(Method method, ByteBuffer in, int at) {
        List<String> names = new ArrayList<>();
        ArgumentReader reader = arguments.reset(in, at);
        try {
            for (char type : method.arguments().toCharArray()) {
                switch (type) {
                    case 'S' -> names.add(reader.shortString());
                    case 's' -> reader.shortInt();
                    case 'l' -> reader.longInt();
                    case 'L' -> reader.longLong();
                    case 'X' -> reader.longString();
                    case 'o', 'B' -> reader.octet();
                    default -> reader.skipTable();
                }
            }
        } catch (AmqpException malformed) {
            return List.of(); // It was found well formed.
        }
        return names;
    }
}
