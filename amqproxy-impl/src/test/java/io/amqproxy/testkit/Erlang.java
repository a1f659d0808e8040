package io.amqproxy.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The Erlang shell of a node, reached through the standard input and output of its process: a question costs a
 * millisecond, where {@code rabbitmqctl} takes a second to start.
 */
final class Erlang {

    private static final int KEPT_LINES = 200;
    private static final long ANSWER_LIMIT_SECONDS = 120;

    private final Writer input;
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final Deque<String> lastLines = new ArrayDeque<>();
    private int questions;

    Erlang(Process process) {
        this.input = process.outputWriter(StandardCharsets.UTF_8);
        Thread reader =
                new Thread(() -> read(process.inputReader(StandardCharsets.UTF_8)), "erlang-output-" + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    /** A text in Erlang's notation of a binary. */
    static String binary(String text) {
        return "<<\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"/utf8>>";
    }

    /** Evaluates an expression, given without a full stop. */
    synchronized String eval(String expression) {
        String mark = "@@" + questions++ + "@@";
        try {
            // A function of its own forgets the variables of the expression, which the shell would keep.
            // The mark is put together by the node, so that an echo of the question is not taken for the answer.
            input.write("io:format(\"~n~s~s~0p~n\", [\"@@\", \"%s\", catch (fun() -> %s end)()]).%n"
                    .formatted(mark.substring(2), expression));
            input.flush();
            String answer = answers.poll(ANSWER_LIMIT_SECONDS, TimeUnit.SECONDS);
            while (answer != null && !answer.startsWith(mark)) {
                answer = answers.poll(ANSWER_LIMIT_SECONDS, TimeUnit.SECONDS); // That was a late one.
            }
            return value(expression, answer == null ? null : answer.substring(mark.length()));
        } catch (IOException e) {
            throw new UncheckedIOException(output(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The last lines that the process wrote, for the message of a failure. */
    String output() {
        synchronized (lastLines) {
            return String.join("\n", lastLines);
        }
    }

    private String value(String expression, @Nullable String answer) {
        if (answer == null || answer.startsWith("{'EXIT',")) {
            throw new IllegalStateException(
                    "Erlang failed: " + expression + "\n" + (answer == null ? output() : answer));
        }
        return answer;
    }

    private void read(BufferedReader reader) {
        reader.lines().forEach(line -> {
            synchronized (lastLines) {
                lastLines.add(line);
                if (lastLines.size() > KEPT_LINES) {
                    lastLines.remove();
                }
            }
            if (line.startsWith("@@")) {
                answers.add(line);
            }
        });
    }
}
