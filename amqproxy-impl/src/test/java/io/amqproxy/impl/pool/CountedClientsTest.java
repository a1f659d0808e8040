package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.ClientInfo;
import io.amqproxy.CloseReason;
import io.amqproxy.ProxyListener;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How many messages a client has sent and got, over all its channels, those that it has closed included. */
class CountedClientsTest {

    private final List<ClientInfo> left = new ArrayList<>();
    private final Rig.Options options = new Rig.Options();

    private Rig rig() {
        options.listener = new ProxyListener() {
            @Override
            public void clientDisconnected(ClientInfo client, CloseReason reason) {
                left.add(client);
            }
        };
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        return rig;
    }

    private static ClientInfo counted(TestClient client) {
        return ((InboundSession) client.link().session()).counted();
    }

    @Test
    void messagesOfLeasesThatHaveEndedAndOfThoseThatHaveNotAreAddedUp() {
        Rig rig = rig();
        TestClient client = rig.open().openChannel(1).publish(1, "q", "m1").publish(1, "q", "m2");
        rig.run();
        assertThat(counted(client).published()).isEqualTo(2);

        client.closeChannel(1);
        rig.run();
        client.openChannel(2).publish(2, "q", "m3").consume(2, "q", "tag", true);
        rig.run();
        assertThat(counted(client).published()).isEqualTo(3);
        assertThat(counted(client).delivered()).isEqualTo(3);

        TestClient other = rig.open().openChannel(1).publish(1, "q", "m4");
        rig.run();
        assertThat(counted(other).published()).isEqualTo(1);
        assertThat(counted(client).delivered()).isEqualTo(4);

        client.close();
        other.vanish();
        rig.run();
        assertThat(left).extracting(ClientInfo::published).containsExactlyInAnyOrder(3L, 1L);
        assertThat(left).extracting(ClientInfo::delivered).containsExactlyInAnyOrder(4L, 0L);
    }

    @Test
    void channelsAndSessionsAreThoseThatAreOpenNow() {
        Rig rig = rig();
        TestClient client = rig.open().openChannel(1).openChannel(5000);
        rig.run();
        InboundSession session = (InboundSession) client.link().session();
        assertThat(session.channelCount()).isEqualTo(2);
        client.closeChannel(1);
        rig.run();
        assertThat(session.channelCount()).isEqualTo(1);

        TestClient10 other = new Rig10().open().begin(0).begin(3).run();
        InboundSession session10 = (InboundSession) other.link().session();
        assertThat(session10.channelCount()).isEqualTo(2);
        other.say(3, 0x17).run();
        assertThat(session10.channelCount()).isEqualTo(1);
    }

    @Test
    void messagesOfAmqp10AreCountedToo() {
        Rig10 rig = new Rig10();
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        InboundSession session = (InboundSession) client.link().session();
        client.transfer(0, 0, 0, false, "a").transfer(0, 0, 1, false, "b").run();
        assertThat(session.counted().published()).isEqualTo(2);

        client.receiver(0, 1, "q").credit(0, 1, 0, 10).run();
        long delivered = session.counted().delivered();
        client.leave();
        assertThat(session.counted().published()).isEqualTo(2);
        assertThat(session.counted().delivered()).isEqualTo(delivered);
    }

    @Test
    void whatALostConnectionHadCountsToo() {
        Rig rig = rig();
        TestClient client = rig.open().openChannel(1).publish(1, "q", "m1");
        rig.run();
        rig.broker.only().drop();
        rig.run();

        assertThat(client.ended ? left.get(0).published() : counted(client).published())
                .isEqualTo(1);
    }
}
