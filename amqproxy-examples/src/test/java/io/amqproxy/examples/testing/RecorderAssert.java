package io.amqproxy.examples.testing;

import io.amqproxy.trace.Recorder;
import io.amqproxy.trace.TraceEvent;
import io.amqproxy.trace.TraceMatcher;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.AbstractAssert;

/**
 * An example to copy: assertions of AssertJ about what was recorded.
 *
 * <pre>{@code
 * assertThat(front.recorder()).soonHas(published("orders").withBody("one")).hasNo(named("basic.nack"));
 * }</pre>
 */
public final class RecorderAssert extends AbstractAssert<RecorderAssert, Recorder> {

    private static final Duration SOON = Duration.ofSeconds(30);

    private RecorderAssert(Recorder actual) {
        super(actual, RecorderAssert.class);
    }

    /** Begins assertions about a recorder. */
    public static RecorderAssert assertThat(Recorder recorder) {
        return new RecorderAssert(recorder);
    }

    /** There is such an event, or comes within half a minute. */
    public RecorderAssert soonHas(TraceMatcher wanted) {
        return soonHas(1, wanted);
    }

    /** There are so many such events, or come within half a minute. */
    public RecorderAssert soonHas(int times, TraceMatcher wanted) {
        actual.await(wanted, times, SOON);
        return this;
    }

    /**
     * There were so many such events up to now, and no more. Up to now is what the proxy has read and sent: let the
     * code under test wait for an answer on the connection in question first, as for a confirm.
     */
    public RecorderAssert has(int times, TraceMatcher wanted) {
        actual.flush();
        List<TraceEvent> found = actual.events(wanted);
        if (found.size() != times) {
            failWithMessage("%d times %s, and not %d times:%n%s", found.size(), wanted, times, actual.text());
        }
        return this;
    }

    /** There was no such event up to now, as with {@link #has}. */
    public RecorderAssert hasNo(TraceMatcher unwanted) {
        return has(0, unwanted);
    }

    /** The first event of the one kind came before the first of the other. */
    public RecorderAssert hasFirst(TraceMatcher first, TraceMatcher second) {
        actual.flush();
        List<TraceEvent> events = actual.events();
        int one = indexOf(events, first);
        int other = indexOf(events, second);
        if (one < 0 || other < one) {
            failWithMessage("not first %s and then %s:%n%s", first, second, actual.text());
        }
        return this;
    }

    private static int indexOf(List<TraceEvent> events, TraceMatcher wanted) {
        for (int i = 0; i < events.size(); i++) {
            if (wanted.test(events.get(i))) {
                return i;
            }
        }
        return -1;
    }
}
