package io.amqproxy.impl.priming;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.amqproxy.AmqProxy;
import io.amqproxy.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class PrimingTest {

    private final List<AmqProxy> started = new ArrayList<>();

    private AmqProxy proxy(int broker) {
        AmqProxy proxy = AmqProxy.builder()
                .upstream("amqp://127.0.0.1:" + broker)
                .listen(0)
                .loops(1)
                .start();
        started.add(proxy);
        return proxy;
    }

    @Test
    void allClientsAreServedOverOneConnectionAndTheProxyHasEnded() {
        assertThat(new Priming(this::proxy).run()).isEqualTo(120);
        assertThat(started).singleElement().satisfies(proxy -> {
            assertThat(proxy.state()).isEqualTo(AmqProxy.State.CLOSED);
            assertThat(proxy.stats().clientsTotal()).isEqualTo(120);
            assertThat(proxy.stats().upstreamsTotal()).isEqualTo(1);
            assertThat(proxy.stats().published()).isEqualTo(120);
        });
    }

    @Test
    void aProxyThatCannotStartIsNoError() {
        assertThat(new Priming(broker -> {
                            throw new IllegalStateException("no descriptors");
                        })
                        .run())
                .isZero();
    }

    @Test
    void aProxyThatEndsMeanwhileIsNoError() {
        int served = new Priming(broker -> {
                    AmqProxy proxy = proxy(broker);
                    proxy.close();
                    return proxy;
                })
                .run();
        assertThat(served).isZero();
    }

    @Test
    void itIsDoneOnceAndNobodyHearsOfIt() {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        Logger log = (Logger) LoggerFactory.getLogger("io.amqproxy");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.setContext(root.getLoggerContext());
        lines.start();
        log.setLevel(Level.INFO);
        log.addAppender(lines);
        try {
            AmqProxy.prime();
            AmqProxy.prime();
            Await.until("its threads have ended", Duration.ofSeconds(20), PrimingTest::isOver);
            assertThat(lines.list).isEmpty();
        } finally {
            log.detachAppender(lines);
            log.setLevel(null);
        }
    }

    private static boolean isOver() {
        return Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("amqproxy-priming"));
    }
}
