package io.amqproxy.trace;

import io.amqproxy.internal.LogText;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** A message as it was seen: its properties, and its body up to a bound. Later versions may have more of it. */
public final class TracedMessage {

    private static final int SHOWN = 256;

    private final Map<String, Object> properties;
    private final byte[] body;
    private final long size;

    private TracedMessage(Map<String, Object> properties, byte[] body, long size) {
        this.properties = properties;
        this.body = body;
        this.size = size;
    }

    /**
     * {@return such a message}
     *
     * @param properties as {@link #properties} says
     * @param body the first octets of the body, or all
     * @param size how many octets the whole body has
     */
    public static TracedMessage of(Map<String, Object> properties, byte[] body, long size) {
        return new TracedMessage(Collections.unmodifiableMap(new LinkedHashMap<>(properties)), body.clone(), size);
    }

    /**
     * {@return the properties that were set, by their names in the specification ({@code delivery-mode}), in their
     * order} They are as {@link TraceEvent#arguments} says; {@code headers} is a {@code Map}. Of AMQP 1.0 they are the
     * fields of header and properties ({@code durable}, {@code message-id}), and a {@code Map} for each of
     * {@code application-properties}, {@code message-annotations}, {@code delivery-annotations} and {@code footer}.
     */
    public Map<String, Object> properties() {
        return properties;
    }

    /**
     * {@return a copy of the octets of the body that were kept} Of AMQP 1.0 they are those of its data, or of its value
     * if that is a string or binary; another value or a sequence is there as text.
     */
    public byte[] body() {
        return body.clone();
    }

    /** {@return the kept part of the body as UTF-8} */
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /** {@return how many octets of the body were kept} */
    public int kept() {
        return body.length;
    }

    /** {@return how many octets the whole body has} */
    public long size() {
        return size;
    }

    /** {@return whether the body is longer than what was kept of it} */
    public boolean isCut() {
        return size > body.length;
    }

    TracedMessage cutTo(int most) {
        if (body.length <= most) {
            return this;
        }
        byte[] less = new byte[most];
        System.arraycopy(body, 0, less, 0, most);
        return new TracedMessage(properties, less, size);
    }

    /** {@return properties and body, fit for a log; a long body is shortened} */
    @Override
    public String toString() {
        String shown = text();
        boolean isShort = shown.length() <= SHOWN && !isCut();
        String text = isShort ? shown : shown.substring(0, Math.min(SHOWN, shown.length())) + "...";
        return (properties.isEmpty() ? "" : LogText.of(properties.toString()) + " ")
                + (body.length == 0 && size > 0 ? "" : "'" + LogText.of(text) + "' ")
                + "(" + size + (size == 1 ? " octet)" : " octets)");
    }
}
