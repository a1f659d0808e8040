package io.amqproxy.benchmark;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.util.List;

/** The null broker in a JVM of its own. */
final class NullBrokerProcess implements AutoCloseable {

    private final Child child;
    private final BufferedReader answers;
    private final OutputStream questions;
    private final int port;

    private NullBrokerProcess(Child child) throws IOException {
        this.child = child;
        answers = new BufferedReader(new InputStreamReader(child.process().getInputStream(), US_ASCII));
        questions = child.process().getOutputStream();
        port = Integer.parseInt(line());
    }

    /** @param program a null broker, for one protocol or the other */
    static NullBrokerProcess start(Class<?> program) throws IOException {
        List<String> command = Child.java(
                List.of("-Xmx1g", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path")), program.getName());
        Child child = Child.start("The null broker", command, false);
        try {
            return new NullBrokerProcess(child);
        } catch (IOException | RuntimeException e) {
            child.close();
            throw e;
        }
    }

    int port() {
        return port;
    }

    long pid() {
        return child.pid();
    }

    NullBroker.Counts counts() throws IOException {
        questions.write('\n');
        questions.flush();
        String[] counts = line().split(" ", -1);
        return new NullBroker.Counts(Long.parseLong(counts[0]), Long.parseLong(counts[1]), Long.parseLong(counts[2]));
    }

    private String line() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new IOException("The null broker has ended. It said: " + child.logged());
        }
        return line;
    }

    @Override
    public void close() {
        child.close();
    }
}
