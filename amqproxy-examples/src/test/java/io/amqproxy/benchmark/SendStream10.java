package io.amqproxy.benchmark;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.util.List;

/**
 * Messages over AMQP 1.0 as fast as credit and sockets allow, in writes of many at once.
 *
 * @param size of a message's body
 * @param connections with a session and a link each, which share the messages
 * @param settled whether they are sent settled; otherwise the work is done when the broker has accepted all
 */
record SendStream10(int size, int connections, boolean settled) implements NullBrokerStream {

    @Override
    public String name() {
        return "send " + Units.size(size) + " x" + connections + (settled ? ", settled" : ", unsettled");
    }

    @Override
    public Session open(MeasuredServer target, LoginScript login) throws IOException {
        Clients10 clients = Clients10.open(target, login, connections, null);
        List<LoadSender10> senders = clients.all().stream()
                .map(client -> new LoadSender10(client, settled, size))
                .toList();
        return SharedWork.publishing(clients::close, senders, SelectionKey.OP_READ | SelectionKey.OP_WRITE);
    }
}
