package io.amqproxy.impl;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.ProxyListener;
import io.amqproxy.testkit.Await;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Collects who was refused and why. */
final class Refused implements ProxyListener {

    private final List<ClientInfo> clients = new CopyOnWriteArrayList<>();
    private final List<String> texts = new CopyOnWriteArrayList<>();

    @Override
    public void clientRefused(ClientInfo client, CloseReason reason) {
        clients.add(client);
        texts.add(reason.text());
    }

    /** The reasons, once there are so many. */
    List<String> reasons(int count) {
        Await.until(count + " clients are refused: " + texts, () -> texts.size() >= count);
        return texts;
    }

    List<ClientInfo> clients() {
        return clients;
    }
}
