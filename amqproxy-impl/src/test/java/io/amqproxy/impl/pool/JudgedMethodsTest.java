package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.pool.spi.InboundSession;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What looks at methods before they are handled sees each of them once, also where a method waits for its lease. */
class JudgedMethodsTest {

    private final Rig.Options options = new Rig.Options();
    private final List<Integer> judged = new ArrayList<>();

    @Test
    void whatFollowsAMethodThatWaitedInVainIsLookedAtToo() {
        options.maxConnections = 1;
        options.maxChannelsPerConnection = 1;
        Rig rig = new Rig(options);
        rig.broker.queue("q");
        TestClient first = rig.open().openChannel(1).consume(1, "q", "tag", false);
        rig.run();
        TestClient client = rig.open();
        InboundSession session = (InboundSession) client.link().session();
        session.judgedBy((in, at, channel, confirmTag) -> {
            judged.add(channel);
            return null;
        });
        client.openChannel(1).declare(1, "r", false);
        rig.run();
        session.failChannels((channel, names) -> true, 406, "on purpose");
        rig.endTurn();
        rig.run();
        assertThat(client.closeHeard(1).code()).isEqualTo(406);

        first.close();
        client.openChannel(2).declare(2, "s", false);
        rig.run();

        assertThat(client.methods(2)).endsWith(Method.QUEUE_DECLARE_OK);
        assertThat(judged).containsExactly(1, 2);
    }
}
