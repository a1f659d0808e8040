package io.amqproxy.impl.tls;

/** Something made of files that may change. */
public interface Reloadable {

    /** {@return whether there are files at all} */
    boolean isReloadable();

    /** Looks at the files, which may block; called by one thread at a time. */
    void reloadIfChanged();
}
