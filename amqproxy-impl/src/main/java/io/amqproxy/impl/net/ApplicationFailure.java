package io.amqproxy.impl.net;

import io.amqproxy.impl.core.Credentials;
import io.amqproxy.internal.LogText;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** What is said of a failure of the host application's code, which may know secrets. */
final class ApplicationFailure {

    private ApplicationFailure() {}

    /**
     * {@return class and message of a failure} The message is left out where the secret that it was about is in it.
     *
     * @param failure null if there was no failure, but no answer either
     */
    static String text(@Nullable Throwable failure, @Nullable Credentials about) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause == null) {
            return "it answered null";
        }
        String message = cause.getMessage();
        if (message == null) {
            return cause.getClass().getName();
        }
        boolean isSecret = about != null && about.isSecretIn(message);
        return cause.getClass().getName() + ": " + (isSecret ? "(the message holds a secret)" : LogText.of(message));
    }
}
