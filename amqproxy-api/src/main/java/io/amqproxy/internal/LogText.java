package io.amqproxy.internal;

import org.jspecify.annotations.Nullable;

/**
 * Makes fit for a log what clients and brokers say: names of users and vhosts, reply texts. Whoever can choose such a
 * text could otherwise write lines into a log that look like somebody else's, or commands to the terminal on which it
 * is read. The {@code toString} of this package's types does this; their components are as they came, but for
 * {@code CloseReason.text}.
 */
public final class LogText {

    /** Characters that are kept of a text. */
    private static final int MOST = 256;

    private LogText() {}

    /**
     * {@return the text on one line} Control characters, line separators and characters that change the direction of
     * writing are given as Java escapes; what exceeds 256 characters is left out, and said to be. A text without any of
     * this is returned as it is.
     *
     * @param text may be null, which is returned as "null"
     */
    public static String of(@Nullable String text) {
        if (text == null) {
            return "null";
        }
        int end = Math.min(text.length(), MOST);
        int at = 0;
        while (at < end && isPlain(text.charAt(at))) {
            at++;
        }
        if (at == text.length()) {
            return text;
        }
        StringBuilder clean = new StringBuilder(end + 32).append(text, 0, at);
        while (at < end) {
            char next = text.charAt(at);
            boolean isPair = at + 1 < end && Character.isSurrogatePair(next, text.charAt(at + 1));
            if (isPair && isPlain(text.codePointAt(at))) {
                clean.append(next).append(text.charAt(++at));
            } else if (isPlain(next)) {
                clean.append(next);
            } else {
                escape(clean, next);
            }
            at++;
        }
        if (end < text.length()) {
            clean.append("... (").append(text.length() - end).append(" more)");
        }
        return clean.toString();
    }

    private static boolean isPlain(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }

    private static void escape(StringBuilder clean, char character) {
        switch (character) {
            case '\n' -> clean.append("\\n");
            case '\r' -> clean.append("\\r");
            case '\t' -> clean.append("\\t");
            default -> clean.append("\\u").append(String.format("%04x", (int) character));
        }
    }
}
