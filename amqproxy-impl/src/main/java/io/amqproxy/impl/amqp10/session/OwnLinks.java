package io.amqproxy.impl.amqp10.session;

import io.amqproxy.impl.amqp10.codec.CompositeType;

/** Attaches links of one session at the broker that no client has asked for: of barriers, and to a coordinator. */
final class OwnLinks {

    private static final int TARGET = 0x29;
    private static final int COORDINATOR = 0x30;

    private final Amqp10Connection connection;
    private final int channel;
    private final LinkTable links;
    private int barriers;

    OwnLinks(Amqp10Connection connection, int channel, LinkTable links) {
        this.connection = connection;
        this.channel = channel;
        this.links = links;
    }

    BrokerLink attachBarrier(int handle) {
        BrokerLink link = attach(handle, "barrier-" + channel + '-' + ++barriers, TARGET);
        link.become(BrokerLink.State.BARRIER);
        return link;
    }

    BrokerLink attachCoordinator(int handle) {
        BrokerLink link = attach(handle, "rollback-" + channel, COORDINATOR);
        link.toCoordinator();
        link.beginCount(0, true);
        return link;
    }

    private BrokerLink attach(int handle, String name, int target) {
        BrokerLink link = new BrokerLink(handle, name, true, null, connection.now());
        links.add(link);
        link.askedAt(connection.handled().say());
        connection
                .composer()
                .begin(channel, CompositeType.ATTACH)
                .string(name)
                .uint(handle)
                .bool(false)
                .none()
                .none()
                .terminus(0x28, name)
                .state(target)
                .none()
                .none()
                .uint(0)
                .to(connection.out());
        connection.flush();
        link.disown();
        return link;
    }
}
