package io.amqproxy.impl.amqp10.broker;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The clients of one loop by user, hostname and container id, for brokers that let a container be connected once where
 * it desires that (OASIS AMQP Enforcing Connection Uniqueness 1.0). JMS clients with a client id do. The broker itself
 * sees containers of the proxy. A user's clients are all on one loop. Where the broker does so, a client takes the link
 * of a name over from another client of its container.
 */
public final class Containers {

    /** So many names of links that may be gone are kept for a client, beside as many as it has. */
    private static final int NAMES_KEPT = 16;

    /** A client, which has links by the names that it gives them, as they are encoded. */
    public interface Client {

        boolean hasLink(byte[] name, boolean isReceiver);

        /** Another client of the container has a link of this name from now on (part 2, section 2.6.1). */
        void stealLink(byte[] name, boolean isReceiver);
    }

    private record Key(String user, String hostname, String id) {}

    /** One octet of the encoded name for each character. */
    private record LinkName(String name, boolean isReceiver) {}

    private static final class Count {
        private int clients;
        private int sole;
        /** Who has attached a link of a name last. */
        private final Map<LinkName, Stay> links = new HashMap<>();
    }

    private final Map<Key, Count> counts = new HashMap<>();

    /** A client's stay, which it ends once. */
    public final class Stay {
        private final Key key;
        private final Count count;
        private final boolean isSole;
        private final Client client;
        private final Set<LinkName> names = new HashSet<>(0);
        private int mostNames = NAMES_KEPT;

        private Stay(Key key, Count count, boolean isSole, Client client) {
            this.key = key;
            this.count = count;
            this.isSole = isSole;
            this.client = client;
        }

        /** The client attaches a link of this name, which no other client of its container has any more. */
        public void attach(byte[] name, boolean isReceiver) {
            LinkName link = new LinkName(new String(name, StandardCharsets.ISO_8859_1), isReceiver);
            Stay former = count.links.put(link, this);
            names.add(link);
            if (former != null && former != this) {
                former.names.remove(link);
                former.client.stealLink(name, isReceiver);
            }
            if (names.size() > mostNames) {
                names.removeIf(this::isGone);
                mostNames = 2 * names.size() + NAMES_KEPT;
            }
        }

        private boolean isGone(LinkName link) {
            byte[] name = link.name.getBytes(StandardCharsets.ISO_8859_1);
            return !client.hasLink(name, link.isReceiver) && count.links.remove(link, this);
        }

        public void leave() {
            names.forEach(link -> count.links.remove(link, this));
            count.clients--;
            count.sole -= isSole ? 1 : 0;
            if (count.clients == 0) {
                counts.remove(key);
            }
        }
    }

    /**
     * A client comes.
     *
     * @param user as whom it has logged in: what it calls its container is no matter of others
     * @param isSole whether it desires to be the only one of its container
     * @param keepsOthersOff whether one that does so keeps off those that do not
     * @return null where it may not
     */
    public @Nullable Stay enter(
            String user, String hostname, String id, boolean isSole, boolean keepsOthersOff, Client client) {
        Key key = new Key(user, hostname, id);
        Count count = counts.computeIfAbsent(key, none -> new Count());
        boolean isRefused = count.clients > 0 && (isSole || (keepsOthersOff && count.sole > 0));
        if (isRefused) {
            return null;
        }
        count.clients++;
        count.sole += isSole ? 1 : 0;
        return new Stay(key, count, isSole, client);
    }
}
