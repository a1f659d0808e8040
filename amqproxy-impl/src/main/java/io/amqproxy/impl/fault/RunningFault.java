package io.amqproxy.impl.fault;

import io.amqproxy.faults.Fault;
import io.amqproxy.faults.FaultScope;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** A fault that lasts. */
final class RunningFault implements Fault {

    /** What goes wrong. */
    enum Kind {
        BROKER_DOWN,
        REFUSED_CLIENTS,
        UNREAD,
        SILENCE,
        LOST_CONFIRM,
        NACKED_CONFIRM,
        REFUSED_LOGIN
    }

    private final Kind kind;
    private final FaultScope.Occurrences occurrences;
    private final String text;
    private final Consumer<RunningFault> onClosed;
    private final AtomicBoolean closed = new AtomicBoolean();

    RunningFault(Kind kind, FaultScope scope, String text, Consumer<RunningFault> onClosed) {
        this.kind = kind;
        this.occurrences = scope.occurrences();
        this.text = text;
        this.onClosed = onClosed;
    }

    Kind kind() {
        return kind;
    }

    FaultScope.Occurrences occurrences() {
        return occurrences;
    }

    String text() {
        return text;
    }

    @Override
    public long count() {
        return occurrences.count();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            onClosed.accept(this);
        }
    }
}
