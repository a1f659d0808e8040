package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp091.client.Amqp091Client;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.core.CloseCause;
import io.amqproxy.impl.core.CloseCause.Kind;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A client that opens a channel for each message does not run ahead of its confirms until it has no channel left. */
class OpenPacingTest {

    /** A quarter of what the client may have. */
    private static final int MOST = 25;

    private final Rig rig = new Rig();
    private final TestClient client = rig.open();

    @BeforeEach
    void publishOnManyChannels() {
        rig.broker.queue("q");
        for (int channel = 1; channel <= MOST; channel++) {
            client.openChannel(channel).select(channel);
        }
        rig.run(); // The broker opens a few at a time.
        rig.broker.prompt = false;
        for (int channel = 1; channel <= MOST; channel++) {
            client.publish(channel, "q", "message");
        }
        rig.run();
        assertThat(client.methods(MOST)).containsExactly(Method.CHANNEL_OPEN_OK, Method.CONFIRM_SELECT_OK);
        client.openChannel(MOST + 1).openChannel(MOST + 2);
        rig.run();
    }

    private List<Method> heard(int beyond) {
        return client.methods(MOST + beyond);
    }

    private void confirm() {
        rig.broker.prompt = true;
        for (BrokerChannel channel : rig.broker.only().allChannels()) {
            channel.confirms.confirmAll();
        }
        rig.run();
    }

    @Test
    void theNextChannelsAreOpenWhenMessagesAreConfirmed() throws Exception {
        assertThat(heard(1)).isEmpty();
        for (BrokerChannel channel : rig.broker.only().allChannels()) {
            while (channel.hasWork()) {
                channel.handleNext();
            }
        }
        confirm();

        assertThat(client.tags(Method.BASIC_ACK)).hasSize(MOST);
        assertThat(heard(1)).containsExactly(Method.CHANNEL_OPEN_OK);
        assertThat(heard(2)).containsExactly(Method.CHANNEL_OPEN_OK);
    }

    @Test
    void confirmsThatStayAwayHoldThemUpForAWhile() {
        rig.pass(Duration.ofSeconds(1));

        assertThat(heard(1)).containsExactly(Method.CHANNEL_OPEN_OK);
        assertThat(heard(2)).containsExactly(Method.CHANNEL_OPEN_OK);
    }

    @Test
    void aClientThatDoesNotWaitIsNotHeldUp() {
        client.write(MOST + 2, Method.CONFIRM_SELECT, writer -> writer.octet(0));
        rig.run();

        assertThat(heard(1)).isEmpty();
        assertThat(heard(2)).containsExactly(Method.CHANNEL_OPEN_OK, Method.CONFIRM_SELECT_OK);
    }

    @Test
    void aChannelThatIsClosedAtOnceWasOpen() {
        client.closeChannel(MOST + 1).openChannel(MOST + 1);
        rig.run();
        rig.pass(Duration.ofSeconds(1));

        assertThat(heard(1)).containsExactly(Method.CHANNEL_OPEN_OK, Method.CHANNEL_CLOSE_OK, Method.CHANNEL_OPEN_OK);
    }

    @Test
    void nothingIsAnsweredOnceTheConnectionIsClosed() {
        client.close();
        rig.run();
        rig.pass(Duration.ofSeconds(1));

        assertThat(heard(1)).isEmpty();
        assertThat(client.methods(0)).endsWith(Method.CONNECTION_CLOSE_OK);
    }

    @Test
    void nothingIsAnsweredBehindAClose() {
        ((Amqp091Client) client.link().session()).close(CloseCause.byProxy(Kind.FORCED, "for a test"));
        rig.run();
        rig.pass(Duration.ofSeconds(1));

        assertThat(heard(1)).isEmpty();
    }

    @Test
    void whoHasFewChannelsIsAnsweredAtOnce() {
        TestClient other = rig.open();
        other.openChannel(1).select(1).publish(1, "q", "message").openChannel(2);
        rig.run();

        assertThat(other.methods(2)).containsExactly(Method.CHANNEL_OPEN_OK);
    }

    /** How channels with unconfirmed messages end. */
    enum End {
        CLOSED,
        REFUSED,
        CONFIRMED
    }

    /** However they ended, those with unconfirmed messages do not count any more. */
    @ParameterizedTest
    @EnumSource
    void afterwardsAsManyMayBeOpenAsBefore(End end) throws Exception {
        for (int channel = 1; channel <= MOST; channel++) {
            switch (end) {
                case CLOSED -> client.closeChannel(channel);
                case REFUSED -> client.publish(channel, "missing", "key", false, "lost");
                case CONFIRMED -> {}
            }
        }
        rig.run();
        for (BrokerChannel channel : rig.broker.only().allChannels()) {
            while (channel.hasWork()) {
                channel.handleNext();
                rig.run();
            }
        }
        if (end == End.REFUSED) {
            for (int channel = 1; channel <= MOST; channel++) {
                client.write(channel, Method.CHANNEL_CLOSE_OK);
            }
        }
        confirm();
        rig.broker.prompt = false;
        for (int channel = 2 * MOST; channel < 3 * MOST; channel++) {
            assertThat(client.methods(channel)).isEmpty();
            client.openChannel(channel);
            rig.run();
            assertThat(client.methods(channel)).containsExactly(Method.CHANNEL_OPEN_OK);
        }
    }
}
