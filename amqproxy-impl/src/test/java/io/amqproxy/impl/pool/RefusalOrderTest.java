package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.CloseMode;
import io.amqproxy.impl.amqp091.codec.Frame;
import io.amqproxy.impl.amqp091.codec.Method;
import io.amqproxy.impl.pool.Frames.Heard;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the proxy itself refuses, or answers, comes in its place: behind what the broker has to say of all that the
 * client has sent before, as the broker would have it. Else a message that a get has taken would be lost.
 */
class RefusalOrderTest {

    private final Rig.Options options = new Rig.Options();
    private Rig rig;
    private TestClient client;

    @BeforeEach
    void open() {
        options.maxMessageSize = 100;
        options.maxConnections = 1;
        rig = new Rig(options);
        rig.broker.queue("q");
        rig.broker.queue("other");
        TestClient former = rig.open();
        former.openChannel(1).declare(1, "other", false).publish(1, "q", "one").publish(1, "q", "two");
        former.closeChannel(1).close();
        rig.run();
        client = rig.open();
        client.openChannel(1).openChannel(2);
        rig.run();
    }

    /** What the proxy refuses itself. */
    enum Offence {
        NO_LAST_QUEUE(true, true, 404),
        MESSAGE_TOO_LARGE(true, true, 406),
        PREFETCH_SIZE(true, false, 540),
        IMMEDIATE(true, false, 540),
        FLOW_STOPPED(true, false, 540),
        OPENED_TWICE(false, false, 504),
        NOT_OPENED(false, false, 504),
        ANSWER_OF_A_BROKER(true, false, 503),
        BODY_ONLY(false, false, 505),
        HALF_A_MESSAGE(false, false, 505),
        ON_CHANNEL_0(false, false, 505),
        UNKNOWN_TYPE(false, false, 501),
        NO_FRAME_END(false, false, 501);

        /** Whether a broker that has closed the channel does not look at it. */
        private final boolean isOfChannel;

        private final boolean endsChannelOnly;
        private final int code;

        Offence(boolean isOfChannel, boolean endsChannelOnly, int code) {
            this.isOfChannel = isOfChannel;
            this.endsChannelOnly = endsChannelOnly;
            this.code = code;
        }

        void commit(TestClient client, int channel) {
            switch (this) {
                case NO_LAST_QUEUE -> client.get(channel, "", true);
                case MESSAGE_TOO_LARGE -> client.publish(channel, "q", "x".repeat(101));
                case PREFETCH_SIZE ->
                    client.write(
                            channel,
                            Method.BASIC_QOS,
                            writer -> writer.longInt(10).shortInt(1).octet(0));
                case IMMEDIATE ->
                    client.write(
                            channel,
                            Method.BASIC_PUBLISH,
                            writer -> writer.shortInt(0)
                                    .shortString("")
                                    .shortString("q")
                                    .octet(2));
                case FLOW_STOPPED -> client.write(channel, Method.CHANNEL_FLOW, writer -> writer.octet(0));
                case OPENED_TWICE -> client.openChannel(channel);
                case NOT_OPENED -> client.get(9, "q", true);
                case ANSWER_OF_A_BROKER -> client.write(channel, Method.BASIC_QOS_OK);
                case BODY_ONLY -> client.write(Frames.frame(Frame.BODY, channel, new byte[1]));
                case HALF_A_MESSAGE ->
                    client.write(
                                    channel,
                                    Method.BASIC_PUBLISH,
                                    writer -> writer.shortInt(0)
                                            .shortString("")
                                            .shortString("q")
                                            .octet(0))
                            .get(channel, "q", true);
                case ON_CHANNEL_0 -> client.write(Frames.frame(Frame.BODY, 0, new byte[1]));
                case UNKNOWN_TYPE -> client.write(Frames.frame(7, channel, new byte[1]));
                case NO_FRAME_END -> {
                    byte[] frame = Frames.method(
                            channel,
                            Method.BASIC_QOS,
                            writer -> writer.longInt(0).shortInt(1).octet(0));
                    frame[frame.length - 1] = 0;
                    client.write(frame);
                }
            }
        }
    }

    /** A close, and what was heard before it. */
    private void assertRefusedBehind(Offence offence, int channel, String bodies) {
        Heard last = client.heard.get(client.heard.size() - 1);
        assertThat(last.is(offence.endsChannelOnly ? Method.CHANNEL_CLOSE : Method.CONNECTION_CLOSE))
                .as(client.heard.toString())
                .isTrue();
        assertThat(client.closeHeard(offence.endsChannelOnly ? channel : 0).code())
                .isEqualTo(offence.code);
        assertThat(client.bodies()).isEqualTo(bodies);
    }

    @ParameterizedTest
    @EnumSource
    void aMessageThatWasAskedForComesBefore(Offence offence) {
        client.get(1, "q", true).get(1, "q", true);
        offence.commit(client, 1);
        rig.run();

        assertRefusedBehind(offence, 1, "onetwo");
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"NO_LAST_QUEUE", "MESSAGE_TOO_LARGE"})
    void soDoesOneOfAnotherChannelBeforeTheEndOfTheConnection(Offence offence) {
        client.get(1, "q", true);
        rig.run();
        client.get(1, "q", true);
        offence.commit(client, 2);
        rig.run();

        assertRefusedBehind(offence, 2, "onetwo");
    }

    @ParameterizedTest
    @EnumSource
    void whatTheBrokerRefusesIsRefusedBefore(Offence offence) {
        client.publish(1, "missing", "key", false, "message");
        offence.commit(client, 1);
        client.openChannel(3);
        rig.run();

        assertThat(client.closeHeard(1).code()).isEqualTo(404);
        assertThat(client.closeHeard(1).text()).contains("missing");
        assertThat(client.methods(1)).containsOnlyOnce(Method.CHANNEL_CLOSE);
        if (offence.isOfChannel) {
            assertThat(client.methods(3)).containsExactly(Method.CHANNEL_OPEN_OK);
        } else {
            assertThat(client.closeHeard(0).code()).isEqualTo(offence.code);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsReturnedComesBefore(Offence offence) {
        client.publish(1, "", "nobody", true, "back");
        offence.commit(client, 1);
        rig.run();

        assertRefusedBehind(offence, 1, "back");
    }

    @ParameterizedTest
    @EnumSource
    void aBrokerThatDoesNotAnswerMakesNobodyWaitForEver(Offence offence) {
        rig.broker.prompt = false;
        client.get(1, "q", true);
        offence.commit(client, 1);
        rig.pass(options.acquireTimeout);

        assertRefusedBehind(offence, 1, "");
    }

    @ParameterizedTest
    @EnumSource
    void aBrokerThatRefusesTheFenceHasAnsweredWhatWasBefore(Offence offence) {
        rig.broker.refusesFlow = true;
        client.get(1, "q", true);
        offence.commit(client, 1);
        rig.run();

        assertRefusedBehind(offence, 1, "one");
    }

    @ParameterizedTest
    @EnumSource
    void aClientThatGoesMeanwhileLeavesNothing(Offence offence) {
        rig.broker.prompt = false;
        client.get(1, "q", true);
        offence.commit(client, 1);
        rig.run();
        client.vanish();
        rig.broker.prompt = true;
        TestClient next = rig.open();
        next.openChannel(1).publish(1, "q", "three").get(1, "q", true);
        rig.run();

        assertThat(next.methods(1)).containsExactly(Method.CHANNEL_OPEN_OK, Method.BASIC_GET_OK);
    }

    @Test
    void onWithTheOtherChannelsWhenTheRefusalIsSaid() {
        client.get(1, "q", true).get(1, "", true).get(1, "q", true).get(2, "q", true);
        rig.run();

        assertThat(client.methods(1))
                .containsExactly(Method.CHANNEL_OPEN_OK, Method.BASIC_GET_OK, Method.CHANNEL_CLOSE);
        assertThat(client.methods(2)).containsExactly(Method.CHANNEL_OPEN_OK, Method.BASIC_GET_OK);
        assertThat(client.bodies()).isEqualTo("onetwo");
    }

    @Test
    void aClientThatClosesBehindItsMistakeGetsItsAnswer() {
        client.get(1, "q", true).get(1, "", true).closeChannel(1);
        rig.run();

        assertThat(client.methods(1))
                .containsExactly(
                        Method.CHANNEL_OPEN_OK, Method.BASIC_GET_OK, Method.CHANNEL_CLOSE, Method.CHANNEL_CLOSE_OK);
    }

    @Test
    void aChannelThatIsBeingClosedIsClosedBeforeTheConnectionIs() {
        client.get(1, "q", false);
        rig.run();
        client.closeChannel(1);
        Offence.PREFETCH_SIZE.commit(client, 2);
        rig.run();

        assertThat(client.methods(1)).endsWith(Method.CHANNEL_CLOSE_OK);
        assertThat(client.closeHeard(0).code()).isEqualTo(540);
    }

    @Test
    void nothingToWaitForMeansNoWait() {
        rig.broker.prompt = false;
        client.get(1, "q", true).get(2, "", true);
        rig.run();
        assertThat(client.methods(2)).containsExactly(Method.CHANNEL_OPEN_OK);
    }

    // What the proxy answers itself.

    /** How a client leaves. */
    enum Leaving {
        CHANNEL,
        CONNECTION;

        void leave(TestClient client) {
            switch (this) {
                case CHANNEL -> client.closeChannel(1);
                case CONNECTION -> client.close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aMessageThatWasAskedForComesBeforeTheChannelIsLeft(Leaving leaving) {
        client.get(1, "q", true).get(1, "q", true);
        leaving.leave(client);
        rig.run();

        assertThat(client.bodies()).isEqualTo("onetwo");
        assertThat(client.heard
                        .get(client.heard.size() - 1)
                        .is(leaving == Leaving.CHANNEL ? Method.CHANNEL_CLOSE_OK : Method.CONNECTION_CLOSE_OK))
                .isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void soDoesEveryOtherAnswer(Leaving leaving) {
        client.declare(1, "r", false).qos(1, 5, false).write(1, Method.CHANNEL_FLOW, writer -> writer.octet(1));
        leaving.leave(client);
        rig.run();

        assertThat(client.methods(1))
                .startsWith(
                        Method.CHANNEL_OPEN_OK, Method.QUEUE_DECLARE_OK, Method.BASIC_QOS_OK, Method.CHANNEL_FLOW_OK);
    }

    /** Queues answer that, behind the answer of a fence. */
    @ParameterizedTest
    @EnumSource(CloseMode.class)
    void theAnswerToACancelIsWaitedForAsWell(CloseMode mode) {
        options.closeMode = mode;
        rig.reload();
        client.publish(1, "q", "before").qos(1, 1, false).consume(1, "other", "tag", false);
        rig.run();
        client.cancel(1, "tag").publish(1, "", "nobody", true, "back").closeChannel(1);
        rig.run();

        assertThat(client.methods(1)).endsWith(Method.CHANNEL_CLOSE_OK).contains(Method.BASIC_CANCEL_OK);
    }
}
