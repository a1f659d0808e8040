package io.amqproxy.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class LatencyLinkTest {

    private static final Duration ROUND_TRIP = Duration.ofMillis(40);

    private ServerSocket server;
    private LatencyLink link;

    @BeforeEach
    void startLink() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        link = LatencyLink.to(server.getLocalPort(), ROUND_TRIP);
    }

    @AfterEach
    void stopLink() throws IOException {
        link.close();
        server.close();
    }

    @Test
    void anAnswerTakesARoundTripForTheConnectionAndOneForItself() throws Exception {
        long before = System.nanoTime();
        try (Socket client = connect();
                Socket target = acceptAndAsk(client, "ping")) {
            answer(target, client, "pong");
        }
        // A lower bound: how much longer it takes depends on the machine.
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(ROUND_TRIP.multipliedBy(2));
    }

    @Test
    void connectionsBytesAndAnswersAreCounted() throws Exception {
        try (Socket client = connect();
                Socket target = acceptAndAsk(client, "one")) {
            answer(target, client, "first");
            ask(client, target, "two");
            ask(client, target, "three");
            answer(target, client, "second");
            answer(target, client, "unasked");

            assertThat(link.connectionsOpened()).isEqualTo(1);
            assertThat(link.openConnections()).isEqualTo(1);
            assertThat(link.bytesToTarget()).isEqualTo("onetwothree".length());
            assertThat(link.bytesToClients()).isEqualTo("firstsecondunasked".length());
            assertThat(link.directionSwitches()).isEqualTo(2);
            assertThat(link.roundTrips()).isEqualTo(3);
        }
        Await.until("connection gone", () -> link.openConnections() == 0);
    }

    @Test
    void moreBytesThanTheLinkMayHoldArriveInOrder() throws Exception {
        byte[] sent = new byte[40 * 1024 * 1024];
        new Random(42).nextBytes(sent);
        try (Socket client = connect();
                Socket target = acceptAndAsk(client, "x")) {
            CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
                try {
                    client.getOutputStream().write(sent);
                    client.shutdownOutput();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            assertThat(target.getInputStream().readAllBytes()).isEqualTo(sent);
            sending.join();
            answer(target, client, "the other direction is open still");
        }
    }

    @Test
    void aCutIsAResetAtBothEnds() throws Exception {
        try (Socket client = connect();
                Socket target = acceptAndAsk(client, "x")) {
            link.cut();

            assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
            assertThatThrownBy(() -> target.getInputStream().read()).isInstanceOf(SocketException.class);
            assertThat(link.openConnections()).isZero();
        }
    }

    @Test
    void aConnectionIsCutAtAByte() throws Exception {
        try (Socket client = connect();
                Socket target = acceptAndAsk(client, "x")) {
            link.cutAfter(3);
            client.getOutputStream().write("abcdef".getBytes(US_ASCII));

            assertThat(new String(target.getInputStream().readAllBytes(), US_ASCII))
                    .isEqualTo("abc");
            assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
        }
        try (Socket client = connect();
                Socket target = acceptAndAsk(client, "whole again")) {
            answer(target, client, "y");
        }
    }

    @Test
    void aStalledLinkIsSilentUntilItResumes() throws Exception {
        try (Socket client = connect();
                Socket target = acceptAndAsk(client, "x")) {
            link.stall();
            client.getOutputStream().write("late".getBytes(US_ASCII));
            target.setSoTimeout((int) ROUND_TRIP.multipliedBy(3).toMillis());
            assertThatThrownBy(() -> target.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);

            link.resume();
            target.setSoTimeout(0);
            assertThat(new String(target.getInputStream().readNBytes(4), US_ASCII))
                    .isEqualTo("late");
        }
    }

    @Test
    void aLinkThatStoppedAcceptingRefusesUntilItAcceptsAgain() throws Exception {
        link.stopAccepting();
        assertThatThrownBy(this::connect).isInstanceOf(ConnectException.class);

        link.startAccepting();
        try (Socket client = connect();
                Socket target = acceptAndAsk(client, "x")) {
            answer(target, client, "y");
        }
    }

    @Test
    void aTargetThatIsNotThereLooksLikeAReset() throws Exception {
        server.close();
        try (Socket client = connect()) {
            assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
        }
    }

    private Socket connect() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), link.port());
    }

    private Socket acceptAndAsk(Socket client, String question) throws IOException {
        client.getOutputStream().write(question.getBytes(US_ASCII));
        Socket target = server.accept();
        assertThat(new String(target.getInputStream().readNBytes(question.length()), US_ASCII))
                .isEqualTo(question);
        return target;
    }

    private static void ask(Socket client, Socket target, String question) throws IOException {
        client.getOutputStream().write(question.getBytes(US_ASCII));
        assertThat(new String(target.getInputStream().readNBytes(question.length()), US_ASCII))
                .isEqualTo(question);
    }

    private static void answer(Socket target, Socket client, String answer) throws IOException {
        target.getOutputStream().write(answer.getBytes(US_ASCII));
        assertThat(new String(client.getInputStream().readNBytes(answer.length()), US_ASCII))
                .isEqualTo(answer);
    }
}
