package io.amqproxy.impl.net;

import io.amqproxy.impl.core.OutboundSession;
import io.amqproxy.impl.core.Session;
import io.amqproxy.impl.core.UncaughtErrors;
import io.amqproxy.impl.tls.TlsFailureText;
import io.amqproxy.internal.LogText;
import java.io.IOException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What becomes of a link and its session when the transport fails, and who is told of what. */
final class TransportFailures {

    private static final Logger log = LoggerFactory.getLogger(TransportFailures.class);

    /** The link whose transport it is. */
    interface Host {

        EventLoop loop();

        Session session();

        /** Whether the transport's handshake, if it has one, has been successful. */
        boolean isEstablished();

        /** What follows when the session is over, or null. */
        @Nullable
        LingeringClose farewell();

        /** A fault of the program, which costs the connection. */
        void onFault(RuntimeException fault);

        /** Closes by halves, once everything is sent. */
        void finish();

        void close();
    }

    private TransportFailures() {}

    /** Whatever using the transport threw, or the session. */
    static void onThrown(Host link, Throwable thrown) {
        if (thrown instanceof IOException failure) {
            onFailure(link, failure);
        } else {
            link.loop().onCaught(thrown);
            link.onFault(UncaughtErrors.of(thrown));
        }
    }

    static void onFailure(Host link, IOException failure) {
        Session session = link.session();
        if (failure instanceof LocalResourceException && session instanceof OutboundSession outbound) {
            outbound.onConnectImpossible(String.valueOf(failure.getMessage()));
            link.close();
            return;
        }
        if (failure instanceof SSLException && link.farewell() == null) {
            onTlsFailure(link, session, "TLS: " + TlsFailureText.of(failure));
            return;
        }
        session.disconnect(failure.getMessage() == null ? failure.toString() : failure.getMessage());
        link.close();
    }

    private static void onTlsFailure(Host link, Session session, String why) {
        if (session instanceof OutboundSession outbound) {
            // Not a disconnection, which during log-in would be the broker's way of refusing it.
            outbound.onConnectFailed(why);
            link.close();
            return;
        }
        if (!link.isEstablished()) {
            link.loop().context().tlsFailures++;
            link.loop().context().lines.info(log, "{} did not get past the handshake: {}", session, LogText.of(why));
        }
        session.disconnect(why);
        session.out().clear();
        link.finish(); // The peer should get to read the alert.
    }
}
