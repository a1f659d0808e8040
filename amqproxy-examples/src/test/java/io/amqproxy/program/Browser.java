package io.amqproxy.program;

import io.amqproxy.testkit.Await;
import io.amqproxy.testkit.Requirements;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A headless Chromium with one page, driven over its DevTools protocol. */
final class Browser implements AutoCloseable {

    private static final Pattern ID = Pattern.compile("^\\{\"id\":(\\d+),");
    private static final Pattern STRING = Pattern.compile("\"(?:value|data)\":\"((?:[^\"\\\\]++|\\\\.)*+)\"");

    private static final Pattern NO_PAGE = Pattern.compile("\"error\":\\{[^}]*(?:context|navigated)");
    private static final Pattern PAGE = Pattern.compile("\"webSocketDebuggerUrl\": \"(ws://[^\"]*/page/[^\"]*)\"");

    private final Process process;
    private final WebSocket socket;
    private final AtomicInteger ids = new AtomicInteger();
    private final ConcurrentMap<Integer, CompletableFuture<String>> answers = new ConcurrentHashMap<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();

    private Browser(Process process, String pageSocket) {
        this.process = process;
        this.socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(URI.create(pageSocket), new Receiver())
                .join();
    }

    static Browser open(URI page, Path profile) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        executable(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--window-size=1280,1100",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        page.toString())
                .redirectErrorStream(true)
                .start();
        try {
            URI browser = URI.create(lineWith(process, "DevTools listening on ws"));
            URI list = URI.create("http://127.0.0.1:" + browser.getPort() + "/json/list");
            Await.until("there is a page", () -> pageSocket(list) != null);
            Browser opened = new Browser(process, Objects.requireNonNull(pageSocket(list)));
            opened.call("Log.enable", "{}");
            return opened;
        } catch (IOException | InterruptedException | RuntimeException | AssertionError e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /** Chromium says where it listens before it has opened the page. */
    private static @Nullable String pageSocket(URI list) throws IOException, InterruptedException {
        String pages = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(list).build(), BodyHandlers.ofString())
                .body();
        Matcher matcher = PAGE.matcher(pages);
        return matcher.find() ? matcher.group(1) : null;
    }

    private static String executable() {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
                .flatMap(directory -> Stream.of("chromium", "chromium-browser", "google-chrome")
                        .map(name -> Path.of(directory, name)))
                .filter(path -> path.toFile().canExecute())
                .findFirst()
                .orElseThrow(() -> Requirements.missing("Chromium"))
                .toString();
    }

    private static String lineWith(Process process, String start) throws IOException {
        BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            if (line.startsWith(start)) {
                return line.substring(line.indexOf("ws://"));
            }
        }
        throw new IOException("Chromium did not start");
    }

    /** {@return what an expression of JavaScript is, as a string; nothing while one page gives way to another} */
    String evaluate(String expression) {
        String answer = call(
                "Runtime.evaluate",
                "{\"expression\":\"String(" + expression.replace("\\", "\\\\").replace("\"", "\\\"") + ")\"}");
        return NO_PAGE.matcher(answer).find() ? "" : string(answer);
    }

    /** Shows the page on a screen of this size, in one of the schemes {@code dark} and {@code light}. */
    void screen(int width, int height, String scheme) {
        call(
                "Emulation.setDeviceMetricsOverride",
                "{\"width\":" + width + ",\"height\":" + height + ",\"deviceScaleFactor\":1,\"mobile\":"
                        + (width < height) + "}");
        call(
                "Emulation.setEmulatedMedia",
                "{\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\"" + scheme + "\"}]}");
        awaitSize(width + "," + height);
    }

    /** The page is laid out anew after the call has been answered. */
    private void awaitSize(String size) {
        Await.until(
                "the page has a screen of " + size,
                () -> evaluate("[innerWidth, innerHeight].join()").equals(size));
    }

    /** {@return a picture of the whole page} */
    byte[] screenshot() {
        String size = evaluate("[innerWidth, innerHeight].join()");
        String picture = string(call("Page.captureScreenshot", "{\"captureBeyondViewport\":true}"));
        awaitSize(size);
        return Base64.getDecoder().decode(picture);
    }

    /** {@return what the browser complains of: errors, violations of the page's own policy} */
    List<String> complaints() {
        return complaints;
    }

    private static String string(String answer) {
        Matcher matcher = STRING.matcher(answer);
        if (!matcher.find()) {
            throw new IllegalStateException("unexpected answer: " + answer);
        }
        return matcher.group(1);
    }

    private String call(String method, String parameters) {
        int id = ids.incrementAndGet();
        CompletableFuture<String> answer = new CompletableFuture<>();
        answers.put(id, answer);
        socket.sendText("{\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":" + parameters + "}", true)
                .join();
        return answer.orTimeout(60, TimeUnit.SECONDS).join();
    }

    @Override
    public void close() {
        socket.abort();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().onExit().join();
    }

    private final class Receiver implements WebSocket.Listener {
        private final StringBuilder message = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            message.append(part);
            if (last) {
                String whole = message.toString();
                message.setLength(0);
                Matcher matcher = ID.matcher(whole);
                if (matcher.find()) {
                    CompletableFuture<String> answer = answers.remove(Integer.valueOf(matcher.group(1)));
                    if (answer != null) {
                        answer.complete(whole);
                    }
                } else if (whole.contains("Log.entryAdded")) {
                    complaints.add(whole);
                }
            }
            from.request(1);
            return null;
        }
    }
}
