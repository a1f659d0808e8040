package io.amqproxy.impl.net;

import java.io.IOException;

/** Something failed as the proxy lacks what it takes, whoever the peer is. */
final class LocalResourceException extends IOException {

    private static final long serialVersionUID = 1;

    LocalResourceException(String message) {
        super(message);
    }
}
