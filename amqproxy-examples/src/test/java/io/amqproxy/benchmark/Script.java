package io.amqproxy.benchmark;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.UnaryOperator;

/** What a client says, one step after the other: it waits for each answer, as synchronous clients do. */
final class Script {

    /** Nobody waits for an answer. */
    static final int NO_ANSWER = 0;

    private static final int SCRATCH = 2_048;
    private static final int BODY = 128;

    private record Step(ByteBuffer request, int answer) {}

    private final List<Step> steps = new ArrayList<>();

    private final Function<IntConsumer, Answers> protocol;

    /** @param protocol what reads the answers for who is told of them */
    Script(Function<IntConsumer, Answers> protocol) {
        this.protocol = protocol;
    }

    /** Connect, open, publish, close. */
    static Script cycle(LoginScript login, boolean confirms) {
        Script script = opening(login);
        if (confirms) {
            script.say(out -> Requests.confirmSelect(out, AmqpClient.CHANNEL), Amqp.CONFIRM_SELECT_OK);
        }
        script.publish(confirms ? Amqp.BASIC_ACK : NO_ANSWER);
        script.say(out -> Requests.channelClose(out, AmqpClient.CHANNEL), Amqp.CHANNEL_CLOSE_OK);
        script.say(Requests::connectionClose, Amqp.CONNECTION_CLOSE_OK);
        return script;
    }

    /** Connect, log in, and open a channel. */
    static Script opening(LoginScript login) {
        return new Script(Answers::of091)
                .say(FrameBuilder::protocolHeader, Amqp.CONNECTION_START)
                .say(out -> Requests.startOk(out, login), Amqp.CONNECTION_TUNE)
                .say(out -> Requests.tuneOkAndOpen(out, login), Amqp.CONNECTION_OPEN_OK)
                .say(out -> Requests.channelOpen(out, AmqpClient.CHANNEL), Amqp.CHANNEL_OPEN_OK);
    }

    /** The same, and one message, whose arrival is sure. */
    static Script openingWithMessage(LoginScript login) {
        return opening(login)
                .publish(NO_ANSWER)
                .say(out -> Requests.queueDeclare(out, AmqpClient.CHANNEL), Amqp.QUEUE_DECLARE_OK);
    }

    private Script publish(int answer) {
        return say(out -> out.publish(AmqpClient.CHANNEL, Requests.ROUTING_KEY, BODY), answer);
    }

    private Script say(UnaryOperator<FrameBuilder> what, int answer) {
        FrameBuilder frames = new FrameBuilder(ByteBuffer.allocate(SCRATCH));
        return add(what.apply(frames).buffer().flip(), answer);
    }

    Script say10(UnaryOperator<FrameBuilder10> what, int answer) {
        FrameBuilder10 frames = new FrameBuilder10(ByteBuffer.allocate(SCRATCH));
        return add(what.apply(frames).buffer().flip(), answer);
    }

    private Script add(ByteBuffer built, int answer) {
        // Direct memory saves the socket a copy.
        steps.add(
                new Step(ByteBuffer.allocateDirect(built.remaining()).put(built).flip(), answer));
        return this;
    }

    /** {@return what reads the answers of one connection, of each of which is told} */
    Answers answers(IntConsumer client) {
        return protocol.apply(client);
    }

    int length() {
        return steps.size();
    }

    ByteBuffer request(int step) {
        return steps.get(step).request.duplicate();
    }

    int answer(int step) {
        return steps.get(step).answer;
    }
}
