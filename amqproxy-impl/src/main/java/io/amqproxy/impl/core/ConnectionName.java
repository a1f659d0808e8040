package io.amqproxy.impl.core;

import io.amqproxy.ClientInfo;
import io.amqproxy.internal.LogText;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What connections are called at the broker, as a template says it: text with names of {@link Part}s in braces, and
 * brackets around what is left out where a part in it is empty. It cannot be changed.
 */
public final class ConnectionName {

    private static final int MOST = 255;

    /** What differs between connections; in a template in small letters. */
    private enum Part {
        ID,
        HOST,
        USER,
        VHOST,
        PURPOSE,
        CLIENT,
        ADDRESS
    }

    /**
     * A connection to the broker.
     *
     * @param host the proxy's
     * @param vhost null while it is not known
     * @param client the one that it was opened for, null where it is for many
     */
    public record Subject(
            long id,
            String host,
            String user,
            @Nullable String vhost,
            String purpose,
            @Nullable ClientInfo client) {

        private String of(Part part) {
            return switch (part) {
                case ID -> String.valueOf(id);
                case HOST -> host;
                case USER -> user;
                case VHOST -> Objects.requireNonNullElse(vhost, "");
                case PURPOSE -> vhost == null ? "" : purpose; // It is known with the vhost.
                case CLIENT -> client == null ? "" : Objects.requireNonNullElse(client.name(), "");
                case ADDRESS -> client == null ? "" : address(client.address());
            };
        }

        private static String address(InetSocketAddress address) {
            String host = address.getHostString();
            return (host.contains(":") ? '[' + host + ']' : host) + ':' + address.getPort();
        }
    }

    /** Text, or a part of the connection. */
    private record Token(String text, @Nullable Part part) {}

    private record Section(List<Token> tokens, boolean optional) {

        String of(Subject subject) {
            StringBuilder said = new StringBuilder();
            for (Token token : tokens) {
                String value = token.part == null ? token.text : subject.of(token.part);
                if (optional && value.isEmpty()) {
                    return "";
                }
                said.append(value);
            }
            return said.toString();
        }
    }

    private final String template;
    private final List<Section> sections = new ArrayList<>();

    private ConnectionName(String template) {
        this.template = template;
    }

    /**
     * {@return what a template means}
     *
     * @throws IllegalArgumentException if it means nothing; the message says what is wrong
     */
    public static ConnectionName parse(String template) {
        if (template.isBlank() || template.length() > MOST) {
            throw new IllegalArgumentException("connectionName has to have 1 to " + MOST + " characters");
        }
        ConnectionName name = new ConnectionName(template);
        int at = 0;
        while (at < template.length()) {
            boolean optional = template.charAt(at) == '[';
            int end = template.indexOf(optional ? ']' : '[', at);
            if (optional && end < 0) {
                throw unusable(template, "a bracket is not closed");
            }
            int to = end < 0 ? template.length() : end;
            name.sections.add(new Section(tokens(template, template.substring(optional ? at + 1 : at, to)), optional));
            at = optional ? to + 1 : to;
        }
        return name;
    }

    private static List<Token> tokens(String template, String section) {
        List<Token> tokens = new ArrayList<>();
        int at = 0;
        while (at < section.length()) {
            boolean isPart = section.charAt(at) == '{';
            int end = section.indexOf(isPart ? '}' : '{', at);
            if (isPart && end < 0) {
                throw unusable(template, "a brace is not closed");
            }
            int to = end < 0 ? section.length() : end;
            String text = section.substring(isPart ? at + 1 : at, to);
            if (!isPart && (text.contains("}") || text.contains("]") || text.contains("["))) {
                throw unusable(template, "a brace or bracket is closed that is not open, or one is in another one");
            }
            tokens.add(isPart ? new Token("", part(template, text)) : new Token(text, null));
            at = isPart ? to + 1 : to;
        }
        return tokens;
    }

    private static Part part(String template, String name) {
        for (Part part : Part.values()) {
            if (part.name().toLowerCase(Locale.ROOT).equals(name)) {
                return part;
            }
        }
        throw unusable(
                template,
                "there is no {" + name + "}, but {id}, {host}, {user}, {vhost}, {purpose}, {client} and"
                        + " {address}");
    }

    private static IllegalArgumentException unusable(String template, String why) {
        return new IllegalArgumentException("connectionName " + LogText.of(template) + ": " + LogText.of(why));
    }

    /** {@return the connection's name on one line, or null where the template leaves nothing} */
    public @Nullable String of(Subject subject) {
        StringBuilder name = new StringBuilder();
        sections.forEach(section -> name.append(section.of(subject)));
        return name.toString().isBlank() ? null : LogText.of(name.toString());
    }

    @Override
    public String toString() {
        return template;
    }
}
