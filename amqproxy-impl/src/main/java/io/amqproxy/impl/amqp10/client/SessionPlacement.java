package io.amqproxy.impl.amqp10.client;

import io.amqproxy.impl.amqp10.codec.Performative;
import io.amqproxy.impl.amqp10.session.SenderRequest;
import io.amqproxy.impl.amqp10.session.SessionHolder;
import io.amqproxy.impl.amqp10.session.UpstreamSession;
import io.amqproxy.impl.pool.spi.PoolGateway;
import org.jspecify.annotations.Nullable;

/** On which connection to the broker a session of a client is, by what its links need there. */
final class SessionPlacement {

    private final SessionHolder session;
    private final ContainerMembership container;
    private final SessionRequirements needs = new SessionRequirements();
    /** What the attach that the session waits with asks for. */
    private @Nullable SenderRequest wanted;

    SessionPlacement(SessionHolder session, ContainerMembership container) {
        this.session = session;
        this.container = container;
    }

    SessionRequirements needs() {
        return needs;
    }

    @Nullable
    SenderRequest wanted() {
        return wanted;
    }

    /**
     * The first link decides where the session goes.
     *
     * @param gateway to the pools
     * @param request by which a kept link is found, or null
     * @param isManagement whether the client manages the broker over it
     * @param isTransacting whether the client's sessions may work in one transaction
     * @return whether the session is bound; otherwise it has to wait
     */
    boolean bind(
            PoolGateway gateway,
            Performative attach,
            @Nullable SenderRequest request,
            boolean isManagement,
            boolean isTransacting) {
        wanted = request;
        return gateway.lease(session, needs.onFirst(attach, isManagement, isTransacting, container.isNamed()));
    }

    /** A later one may need that the connection is the client's alone. */
    void stay(PoolGateway gateway, UpstreamSession bound, Performative attach, boolean isManagement) {
        if (needs.onLater(attach, isManagement)) {
            settle(gateway, bound);
        }
    }

    /** The session stays where it is, if it is anywhere, whatever its links need. */
    void settle(PoolGateway gateway, @Nullable UpstreamSession bound) {
        if (bound != null) {
            gateway.reserve(session, !needs.manages());
            endWithClientIfNeeded(bound);
        }
    }

    /** What is sent over a management link may make what ends with its connection. */
    void onManaging(PoolGateway gateway, UpstreamSession bound) {
        gateway.reserve(session, false);
        bound.session().endWithClient();
    }

    /** It is there now. */
    void endWithClientIfNeeded(UpstreamSession bound) {
        if (needs.isForItsContainer()) {
            bound.session().endWithClient();
        }
    }
}
