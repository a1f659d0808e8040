package io.amqproxy.examples.testing;

import io.amqproxy.AmqProxy;
import io.amqproxy.faults.Faults;
import io.amqproxy.trace.Recorder;
import io.amqproxy.trace.TraceFilter;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * An example to copy: a proxy in front of a test's broker, as an extension of JUnit 5. Each test gets one of its own,
 * which records what the code under test and the broker say, and can make things go wrong. Of a test that fails the
 * report has what was said.
 *
 * <pre>{@code
 * @RegisterExtension
 * final BrokerFront front = new BrokerFront(broker::uri);
 * }</pre>
 */
public final class BrokerFront implements BeforeEachCallback, AfterEachCallback {

    private final Supplier<URI> broker;
    private @Nullable AmqProxy proxy;
    private @Nullable Recorder recorder;

    /** Takes where the broker is, in memory or a real one, which is asked before each test. */
    public BrokerFront(Supplier<URI> broker) {
        this.broker = broker;
    }

    @Override
    public void beforeEach(ExtensionContext test) {
        AmqProxy started =
                AmqProxy.builder().upstreams(List.of(broker.get())).listen(0).start();
        proxy = started;
        recorder = started.record(TraceFilter.ofClients());
    }

    @Override
    public void afterEach(ExtensionContext test) {
        Recorder seen = recorder;
        if (seen != null) {
            test.getExecutionException().ifPresent(failure -> test.publishReportEntry("AMQP", seen.text()));
            seen.close();
        }
        if (proxy != null) {
            proxy.close();
        }
    }

    /** {@return the proxy} */
    public AmqProxy proxy() {
        return Objects.requireNonNull(proxy, "only within a test");
    }

    /** {@return where the code under test connects} */
    public int port() {
        return proxy().address().getPort();
    }

    /** {@return what makes things go wrong} */
    public Faults faults() {
        return proxy().faults();
    }

    /** {@return what was said on clients' connections} */
    public Recorder recorder() {
        return Objects.requireNonNull(recorder, "only within a test");
    }
}
