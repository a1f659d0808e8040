package io.amqproxy.impl.amqp10.broker;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The clients of one loop by user, hostname and container id, for brokers that let a container be connected once where
 * it desires that (OASIS AMQP Enforcing Connection Uniqueness 1.0). JMS clients with a client id do. The broker itself
 * sees containers of the proxy. A user's clients are all on one loop.
 */
public final class Containers {

    private record Key(String user, String hostname, String id) {}

    private static final class Count {
        private int clients;
        private int sole;
    }

    private final Map<Key, Count> counts = new HashMap<>();

    /** A client's stay, which it ends once. */
    public final class Stay {
        private final Key key;
        private final boolean isSole;

        private Stay(Key key, boolean isSole) {
            this.key = key;
            this.isSole = isSole;
        }

        public void leave() {
            Count count = counts.get(key);
            if (count != null && count.clients > 1) {
                count.clients--;
                count.sole -= isSole ? 1 : 0;
            } else {
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
    public @Nullable Stay enter(String user, String hostname, String id, boolean isSole, boolean keepsOthersOff) {
        Key key = new Key(user, hostname, id);
        Count count = counts.computeIfAbsent(key, none -> new Count());
        boolean isRefused = count.clients > 0 && (isSole || (keepsOthersOff && count.sole > 0));
        if (isRefused) {
            return null;
        }
        count.clients++;
        count.sole += isSole ? 1 : 0;
        return new Stay(key, isSole);
    }
}
