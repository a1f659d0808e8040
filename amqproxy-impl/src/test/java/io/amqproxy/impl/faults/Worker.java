package io.amqproxy.impl.faults;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.ShutdownSignalException;
import com.rabbitmq.client.impl.ForgivingExceptionHandler;
import io.amqproxy.testkit.JavaClients;
import io.amqproxy.testkit.Login;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** A program that connects, works, and when anything fails connects again. */
abstract class Worker implements Runnable {

    static final int HEARTBEAT_SECONDS = 2;
    static final int LIMIT_MILLIS = 10_000;
    private static final Duration PAUSE = Duration.ofMillis(50);

    final String queue;
    final Ledger ledger;
    private final Login login;
    private final Thread thread;
    private volatile boolean finishing;

    Worker(Login login, String queue, Ledger ledger) {
        this.login = login;
        this.queue = queue;
        this.ledger = ledger;
        this.thread = new Thread(this, getClass().getSimpleName() + " of " + queue);
        this.thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Asks it to come to an end. */
    void finish() {
        finishing = true;
    }

    boolean isFinishing() {
        return finishing;
    }

    /** {@return whether it came to its end in time} */
    boolean hasEnded(Duration limit) throws InterruptedException {
        thread.join(limit.toMillis());
        return !thread.isAlive();
    }

    @Override
    public void run() {
        try {
            while (!isDone()) {
                try {
                    work();
                } catch (IOException | TimeoutException | ShutdownSignalException e) {
                    Thread.sleep(PAUSE.toMillis()); // Tries again, not too often.
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One connection's life. */
    abstract void work() throws IOException, TimeoutException, InterruptedException;

    /** {@return whether nothing is left to do} */
    abstract boolean isDone();

    Login login() {
        return login;
    }

    Connection connect(boolean recovering) throws IOException, TimeoutException {
        ConnectionFactory factory = JavaClients.factory();
        factory.setHost(login.host());
        factory.setPort(login.port());
        factory.setAutomaticRecoveryEnabled(recovering);
        factory.setNetworkRecoveryInterval(PAUSE.toMillis());
        factory.setRequestedHeartbeat(HEARTBEAT_SECONDS);
        factory.setConnectionTimeout(LIMIT_MILLIS);
        factory.setHandshakeTimeout(LIMIT_MILLIS);
        factory.setChannelRpcTimeout(LIMIT_MILLIS);
        factory.setShutdownTimeout(LIMIT_MILLIS);
        factory.setExceptionHandler(new SilentHandler());
        return factory.newConnection(thread.getName());
    }

    /** Connections fail all the time here; that needs no lines in a log. */
    private static final class SilentHandler extends ForgivingExceptionHandler {
        @Override
        protected void log(String message, Throwable failure) {}
    }
}
