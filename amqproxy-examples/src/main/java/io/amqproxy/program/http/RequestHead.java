package io.amqproxy.program.http;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A request's first line and its fields (RFC 9112, sections 3 and 5). */
final class RequestHead {

    /** They mean one thing, or somebody wants to be understood in two ways. */
    private static final Set<String> ONCE = Set.of("host", "content-length", "authorization");

    private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";
    private static final String VERSION = "HTTP/1.";
    private static final int MOST_DIGITS = 9;
    private static final char DELETE = 0x7f;

    private final String method;
    private final String target;
    /** Of HTTP/1.0; it gets one answer. */
    private final boolean isOld;
    /** By names in lower case; of those that come again one behind the other. */
    private final Map<String, String> fields = new HashMap<>();

    private RequestHead(String method, String target, boolean isOld) {
        this.method = method;
        this.target = target;
        this.isOld = isOld;
    }

    /** {@return what begins with this line, or null if it is none of a request} */
    static @Nullable RequestHead of(String line) {
        String[] words = line.split(" ", -1);
        if (words.length != 3
                || !isToken(words[0])
                || !isPrintable(words[1])
                || words[1].isEmpty()
                || words[2].length() != VERSION.length() + 1
                || !words[2].startsWith(VERSION)
                || !isDigit(words[2].charAt(VERSION.length()))) {
            return null;
        }
        return new RequestHead(words[0], words[1], words[2].endsWith("0"));
    }

    /** Takes a field; false if it is none. */
    boolean add(String line) {
        int colon = line.indexOf(':');
        String name = line.substring(0, Math.max(0, colon)).toLowerCase(Locale.ROOT);
        String value = line.substring(colon + 1).strip();
        if (!isToken(name) || !isPrintable(value)) {
            return false; // Also a line that continues the one before (section 5.2).
        }
        String before = fields.putIfAbsent(name, value);
        if (before != null) {
            fields.put(name, before + ", " + value);
        }
        return before == null || !ONCE.contains(name);
    }

    /** {@return why it is not served, or null} */
    @Nullable
    Answer problem() {
        if (field("transfer-encoding") != null) {
            return Answer.text(411, "say how long it is: Content-Length");
        }
        String length = field("content-length");
        if (length != null && (length.isEmpty() || !length.chars().allMatch(RequestHead::isDigit))) {
            return Answer.text(400, "this is not a request");
        }
        if (length != null && (length.length() > MOST_DIGITS || length() > RequestReader.MAX_BODY)) {
            return Answer.text(413, "too large");
        }
        String expected = field("expect");
        return expected == null || awaitsContinue() ? null : Answer.text(417, "only 100-continue may be expected");
    }

    /** {@return octets of the body} */
    int length() {
        String length = field("content-length");
        return length == null ? 0 : Integer.parseInt(length);
    }

    boolean awaitsContinue() {
        return has("expect", "100-continue");
    }

    /** {@return whether more requests may come on its connection} */
    boolean keepsAlive() {
        return !isOld && !has("connection", "close");
    }

    boolean takesGzip() {
        return has("accept-encoding", "gzip");
    }

    String method() {
        return method;
    }

    String target() {
        return target;
    }

    /** @param name in lower case */
    @Nullable
    String field(String name) {
        return fields.get(name);
    }

    /** Whether a field that is a list has this word; what follows it behind a semicolon does not matter. */
    private boolean has(String name, String word) {
        String value = field(name);
        if (value != null) {
            for (String one : value.split(",", -1)) {
                int end = one.indexOf(';');
                if (one.substring(0, end < 0 ? one.length() : end).strip().equalsIgnoreCase(word)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Section 5.6.2 of RFC 9110. */
    private static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean isLetter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (!isLetter && !isDigit(c) && TOKEN_MARKS.indexOf(c) < 0) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    private static boolean isPrintable(String text) {
        return text.chars().allMatch(c -> (c >= ' ' && c != DELETE) || c == '\t');
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }
}
