package io.amqproxy.impl.pool;

import io.amqproxy.impl.amqp091.codec.ArgumentReader;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.pool.BrokerQueue.Message;
import io.amqproxy.impl.pool.Frames.Heard;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** What arrived on a channel of the {@link ScriptedBroker}, put together to commands that are handled one by one. */
final class BrokerInbox {

    /** A method, with its content where it has one. */
    record Command(Method method, ArgumentReader arguments, ByteBuffer header, ByteBuffer body) {

        Message message(String exchange, String key) {
            return new Message(exchange, key, bytes(header), bytes(body));
        }

        private static byte[] bytes(ByteBuffer buffer) {
            byte[] bytes = new byte[buffer.capacity()];
            buffer.get(0, bytes);
            return bytes;
        }
    }

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private @Nullable Heard publish;
    private @Nullable Heard header;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final ArrayDeque<Command> commands = new ArrayDeque<>();

    boolean isEmpty() {
        return commands.isEmpty();
    }

    /** How many there are of this method. */
    long count(Method method) {
        return commands.stream().filter(command -> command.method() == method).count();
    }

    /** Whether a message has come in part. */
    boolean isInMessage() {
        return publish != null;
    }

    Command next() {
        return commands.remove();
    }

    void clear() {
        commands.clear();
    }

    void onFrame(Heard frame) {
        Heard message = publish;
        if (message != null) {
            onContent(message, frame);
            return;
        }
        Method method = frame.method();
        if (method == null) {
            throw new AssertionError("unexpected content: " + frame);
        }
        if (method == Method.BASIC_PUBLISH) {
            publish = frame;
        } else {
            commands.add(new Command(method, frame.arguments(), NOTHING, NOTHING));
        }
    }

    private void onContent(Heard message, Heard frame) {
        Heard properties = header;
        if (frame.type() != (properties == null ? Frame.HEADER : Frame.BODY)) {
            throw new AssertionError(frame + " inside of a message");
        }
        if (properties == null) {
            header = frame;
            properties = frame;
        } else {
            body.writeBytes(frame.payload());
        }
        if (body.size() > properties.bodySize()) {
            throw new AssertionError("a body longer than its header said");
        }
        if (body.size() == properties.bodySize()) {
            commands.add(new Command(
                    Method.BASIC_PUBLISH,
                    message.arguments(),
                    ByteBuffer.wrap(properties.payload()),
                    ByteBuffer.wrap(body.toByteArray())));
            publish = null;
            header = null;
            body.reset();
        }
    }
}
