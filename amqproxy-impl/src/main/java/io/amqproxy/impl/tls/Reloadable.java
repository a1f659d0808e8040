package io.amqproxy.impl.tls;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Something made of files that may change. */
public interface Reloadable {

    /** {@return whether there are files at all} */
    boolean isReloadable();

    /** {@return when the first of its own certificates ends, or null where that is not known} Any thread may ask. */
    @Nullable
    Instant notAfter();

    /** {@return what it is for, for people} */
    String purpose();

    /** Looks at the files, which may block; called by one thread at a time. */
    void reloadIfChanged();
}
