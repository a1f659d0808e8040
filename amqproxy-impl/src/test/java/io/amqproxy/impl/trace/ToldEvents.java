package io.amqproxy.impl.trace;

import io.amqproxy.trace.TracedMessage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes down what it is told of frames. */
final class ToldEvents implements EventSink {
    final List<String> lines = new ArrayList<>();
    final List<Integer> bodies = new ArrayList<>();
    final List<Integer> octets = new ArrayList<>();
    final int bodyLimit;
    final Set<String> unwanted;

    ToldEvents(int bodyLimit, String... unwanted) {
        this.bodyLimit = bodyLimit;
        this.unwanted = Set.of(unwanted);
    }

    @Override
    public Object epoch() {
        return new Object(); // It is asked each time.
    }

    @Override
    public int wanted(String name, Map<String, Object> arguments) {
        return wanted(name);
    }

    @Override
    public int wanted(String name) {
        return unwanted.contains(name) ? UNWANTED : bodyLimit;
    }

    @Override
    public void tell(
            int channel, String name, Map<String, Object> arguments, @Nullable TracedMessage message, int octets) {
        this.octets.add(octets);
        if (message != null) {
            bodies.add(message.body().length);
        }
        lines.add(channel + " " + name + arguments + (message == null ? "" : " " + message));
    }

    private Decoder091 decoder091() {
        return new Decoder091(this, true, new Conversation091());
    }

    FrameScanner scanner(boolean midst) {
        return new FrameScanner(
                header -> header.get(5) == 0 ? decoder091() : new Decoder10(this, true, new Conversation10()),
                decoder091(),
                midst);
    }

    /** {@return what is told of bytes that come in pieces of this size} */
    List<String> scan(byte[] bytes, int from, int step) {
        FrameScanner scanner = scanner(from > 0);
        for (int at = from; at < bytes.length; at += step) {
            scanner.scan(ByteBuffer.wrap(bytes), at, Math.min(bytes.length, at + step));
        }
        return lines;
    }
}
