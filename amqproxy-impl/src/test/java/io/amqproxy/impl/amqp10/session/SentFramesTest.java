package io.amqproxy.impl.amqp10.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SentFramesTest {

    private final HandledFrames handled = new HandledFrames();
    private final SentFrames sent = new SentFrames(handled);

    private long deliver(int delivery) {
        sent.say();
        sent.ask(delivery);
        return sent.at();
    }

    @Test
    void whereNothingWasSaidAllIsHandled() {
        assertThat(sent.isHandled()).isTrue();
        sent.say();
        assertThat(sent.isHandled()).isFalse();
        sent.onOutcome(0);
        assertThat(sent.isHandled()).isFalse();
        sent.onEnd();
        assertThat(sent.isHandled()).isTrue();
    }

    @Test
    void anOutcomeProvesThatTheBrokerHasHandledItsDelivery() {
        long only = deliver(Integer.MAX_VALUE);
        sent.onOutcome(Integer.MAX_VALUE - 1);
        assertThat(handled.isHandled(only)).isFalse();

        sent.onOutcome(Integer.MAX_VALUE);
        assertThat(sent.isHandled()).isTrue();
        sent.say();
        sent.onOutcome(Integer.MIN_VALUE);
        assertThat(sent.isHandled()).isFalse();
    }

    @Test
    void ofManyDeliveriesTheOldestAndTheNewestAreRemembered() {
        long oldest = deliver(Integer.MAX_VALUE);
        long between = deliver(Integer.MIN_VALUE);
        deliver(Integer.MIN_VALUE + 1);

        sent.onOutcome(Integer.MIN_VALUE);
        assertThat(handled.isHandled(oldest)).isTrue();
        assertThat(handled.isHandled(between)).isFalse();
        sent.onOutcome(Integer.MIN_VALUE);
        assertThat(handled.isHandled(between)).isFalse();
        sent.onOutcome(Integer.MIN_VALUE + 1);
        assertThat(sent.isHandled()).isTrue();
    }

    @Test
    void whatAnotherSessionSaysIsProvedByThatAlone() {
        SentFrames other = new SentFrames(handled);
        long before = deliver(1);
        other.say();
        other.onEnd();

        assertThat(other.isHandled()).isTrue();
        assertThat(handled.isHandled(before)).isTrue();
    }
}
