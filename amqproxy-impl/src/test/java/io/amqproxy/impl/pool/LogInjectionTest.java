package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.amqproxy.ProxyListener;
import io.amqproxy.testkit.LogLines;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What clients and the broker say cannot write lines of its own into a log, or steer a terminal. */
class LogInjectionTest {

    private static final String HOSTILE =
            "eve\r\n2026-01-01 INFO root logged in\u001b[2J\u009b\u2028\u202e" + "x".repeat(180);
    private static final int LONGEST = 900;

    private final Logger logger = (Logger) LoggerFactory.getLogger("io.amqproxy");
    private final LogLines lines = LogLines.ofThisThread();
    private final List<String> events = new ArrayList<>();
    private final Rig.Options options = new Rig.Options();
    private Level before;

    @BeforeEach
    void listen() {
        before = logger.getLevel();
        logger.setLevel(Level.DEBUG);
        lines.start();
        logger.addAppender(lines);
        options.listener = (ProxyListener) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ProxyListener.class}, (listener, method, arguments) -> {
                    if (method.getDeclaringClass() == ProxyListener.class) {
                        events.add(method.getName() + Arrays.toString(arguments));
                        return null;
                    }
                    return method.invoke(this, arguments);
                });
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(lines);
        logger.setLevel(before);
    }

    private List<String> written() {
        List<String> all = new ArrayList<>(events);
        lines.list.forEach(line -> {
            all.add(line.getFormattedMessage());
            if (line.getThrowableProxy() != null) {
                all.add(line.getThrowableProxy().getMessage());
            }
        });
        return all;
    }

    private void assertHarmless(String mustBeThere) {
        assertThat(written()).anyMatch(text -> text.contains(mustBeThere));
        assertThat(written()).allSatisfy(text -> {
            assertThat(text).hasSizeLessThan(LONGEST);
            assertThat(text.codePoints()).noneMatch(Character::isISOControl);
            assertThat(text).doesNotContain("\u2028", "\u202e");
        });
    }

    @Test
    void namesOfUsers() {
        Rig rig = new Rig(options);
        for (int i = 0; i < 10; i++) {
            rig.connect().logIn(HOSTILE, "guess " + i, "/");
        }
        assertHarmless("eve\\r\\n2026");
        assertThat(written().toString()).doesNotContain("guess");
    }

    @Test
    void namesOfUsersThatLogInAndAreLaterRefused() {
        options.credentialTtl = Duration.ofMinutes(1);
        options.limits.clientsPerUser(1);
        Rig rig = new Rig(options);
        TestClient client = rig.connect().logIn(HOSTILE, "guest", "/");
        rig.connect().logIn(HOSTILE, "guest", "/");
        rig.broker.password = "changed";
        rig.pass(Duration.ofMinutes(2));
        client.openChannel(1).publish(1, "q", "late");
        rig.run();
        assertHarmless("no longer accepts user eve\\r\\n");
    }

    @Test
    void namesOfVhosts() {
        Rig rig = new Rig(options);
        rig.connect().logIn("guest", "guest", HOSTILE);
        rig.broker.vhosts.add(HOSTILE);
        rig.connect().logIn("guest", "guest", HOSTILE).openChannel(1).publish(1, "q", "body");
        rig.run();
        assertHarmless("eve\\r\\n2026");
    }

    @Test
    void whatTheBrokerSays() {
        Rig rig = new Rig(options);
        rig.open().openChannel(1).publish(1, "q", "body");
        rig.run();
        rig.broker.only().close(541, HOSTILE, 0);
        rig.run();
        assertHarmless("eve\\r\\n2026");
    }

    @Test
    void whatTheBrokerSaysOfTheFence() {
        Rig rig = new Rig(options);
        rig.broker.refusesFlow = true;
        rig.broker.refusalOfFlow = HOSTILE;
        rig.open().openChannel(1).publish(1, "q", "body").closeChannel(1);
        rig.run();
        assertHarmless("The broker refuses channel.flow (eve\\r\\n");
    }
}
