package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An operator hears that publishers are held back, by the broker's word or by its reading too little. */
class HoldBackNoticeTest {

    private final List<String> told = new ArrayList<>();
    private Rig rig;

    @BeforeEach
    void start() {
        Rig.Options options = new Rig.Options();
        options.listener = new HeldBackLog(told);
        rig = new Rig(options);
        rig.broker.queue("q");
    }

    private TestClient publisher() {
        TestClient client = rig.open();
        client.openChannel(1).publish(1, "q", "first");
        rig.run();
        return client;
    }

    /** More than waits for the broker. */
    private void publishMuch(TestClient publisher) {
        for (int i = 0; i < 30; i++) {
            publisher.publish(1, "q", "m".repeat(100_000));
            rig.run();
        }
    }

    @Test
    void whatTheBrokerSaysIsToldWithItsEnd() {
        TestClient publisher = publisher();
        rig.broker.runLowOnMemory();
        publisher.publish(1, "q", "held");
        rig.pass(Duration.ofSeconds(3));
        assertThat(told).containsExactly("the broker says: low on memory");
        rig.broker.haveMemoryAgain();
        rig.run();

        assertThat(told).containsExactly("the broker says: low on memory", "after 3000");
    }

    @Test
    void aBrokerThatReadsTooLittleIsToldAfterASecond() {
        TestClient publisher = publisher();
        FakeLink link = Objects.requireNonNull(rig.broker.only().link);
        link.clogged = true;
        publishMuch(publisher);
        rig.pass(Duration.ofMillis(999));
        assertThat(told).isEmpty();
        rig.pass(Duration.ofSeconds(5));
        assertThat(told).containsExactly("it has read too little for 1000 ms");
        link.unclog();
        rig.run();

        assertThat(told).containsExactly("it has read too little for 1000 ms", "after 5999");
    }

    @Test
    void aBrokerThatIsSlowForAMomentIsNoNews() {
        TestClient publisher = publisher();
        FakeLink link = Objects.requireNonNull(rig.broker.only().link);
        for (int second = 0; second < 5; second++) {
            link.clogged = true;
            publishMuch(publisher);
            rig.pass(Duration.ofMillis(500));
            link.unclog();
            rig.pass(Duration.ofMillis(500));
        }

        assertThat(told).isEmpty();
    }

    @Test
    void theEndOfTheConnectionIsTheEndOfIt() {
        TestClient publisher = publisher();
        rig.broker.runLowOnMemory();
        publisher.publish(1, "q", "held");
        rig.run();
        rig.broker.only().cut();
        rig.run();

        assertThat(told).containsExactlyInAnyOrder("the broker says: low on memory", "after 0", "closed");
    }
}
