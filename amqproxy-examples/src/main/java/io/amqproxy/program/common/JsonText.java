package io.amqproxy.program.common;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes JSON, on one line and without control characters, which terminals heed too. */
public final class JsonText {

    private static final int CAPACITY = 512;
    private static final int FIRST_PLAIN = 0x20;

    private final StringBuilder out = new StringBuilder(CAPACITY);

    private JsonText() {}

    /**
     * {@return the text of an object}
     *
     * @param fields in the order in which they are written; values are null, numbers, booleans, maps with texts for
     *     keys, collections of such values, or whatever is written as its text
     */
    public static String of(Map<String, ? extends @Nullable Object> fields) {
        JsonText text = new JsonText();
        text.add(fields);
        return text.out.toString();
    }

    private void add(@Nullable Object value) {
        if (value instanceof Map<?, ?> fields) {
            String separator = "{";
            for (Map.Entry<?, ?> field : fields.entrySet()) {
                out.append(separator);
                quote(String.valueOf(field.getKey()));
                out.append(':');
                add(field.getValue());
                separator = ",";
            }
            out.append(fields.isEmpty() ? "{}" : "}");
        } else if (value instanceof Iterable<?> values) {
            out.append('[');
            String separator = "";
            for (Object one : values) {
                out.append(separator);
                add(one);
                separator = ",";
            }
            out.append(']');
        } else if (value == null || value instanceof Number || value instanceof Boolean) {
            out.append(value);
        } else {
            quote(value.toString());
        }
    }

    private void quote(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < FIRST_PLAIN || Character.isISOControl(c) || isAlone(text, i)) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }

    /** Half of a character, which UTF-8 cannot have. */
    private static boolean isAlone(String text, int at) {
        char c = text.charAt(at);
        if (Character.isHighSurrogate(c)) {
            return at + 1 == text.length() || !Character.isLowSurrogate(text.charAt(at + 1));
        }
        return Character.isLowSurrogate(c) && (at == 0 || !Character.isHighSurrogate(text.charAt(at - 1)));
    }
}
