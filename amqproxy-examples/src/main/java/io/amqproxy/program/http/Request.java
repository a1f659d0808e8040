package io.amqproxy.program.http;

import java.net.InetAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A request that was read as a whole.
 *
 * @param path without the query
 * @param query what follows it, as it came, or null
 * @param host what the client calls this server (RFC 9110, section 7.2), or null
 * @param body a form's fields
 */
record Request(
        String method,
        String path,
        @Nullable String query,
        @Nullable String host,
        @Nullable String accept,
        @Nullable String authorization,
        InetAddress from,
        String body) {

    /** The authorization is a secret. */
    @Override
    public String toString() {
        return method + ' ' + path;
    }

    Map<String, String> form() {
        return fields(body);
    }

    Map<String, String> parameters() {
        return query == null ? Map.of() : fields(query);
    }

    private static Map<String, String> fields(String text) {
        Map<String, String> form = new TreeMap<>();
        for (String pair : text.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                form.put(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)));
            }
        }
        return form;
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }
}
