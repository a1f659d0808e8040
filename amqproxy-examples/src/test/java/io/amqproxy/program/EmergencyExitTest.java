package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.testkit.EmbeddedBroker;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A process that runs out of memory ends, and says so; it does not stay to be deaf. */
@Timeout(300)
@Tag("broker")
class EmergencyExitTest {

    @AutoClose
    private static final EmbeddedBroker broker = EmbeddedBroker.start();

    private int halts;

    private static void memory() {}

    private static void noMemory() {
        throw new OutOfMemoryError("on purpose");
    }

    @Test
    void aShortageThatPassesEndsNothing() {
        EmergencyExit exit = new EmergencyExit(() -> halts++);
        for (int i = 0; i < 10; i++) {
            look(exit, EmergencyExitTest::noMemory, EmergencyExit.LOOKS - 1);
            look(exit, EmergencyExitTest::memory, 1);
        }
        assertThat(halts).isZero();
    }

    @Test
    void oneThatStaysIsTheEnd() {
        EmergencyExit exit = new EmergencyExit(() -> halts++);
        look(exit, EmergencyExitTest::noMemory, EmergencyExit.LOOKS);
        assertThat(halts).isEqualTo(1);
    }

    /** The JVM takes memory to end for the first time. */
    @Test
    void theEndIsTriedUntilThereIsMemoryForIt() {
        EmergencyExit exit = new EmergencyExit(() -> {
            if (++halts < 5) {
                throw new OutOfMemoryError("on purpose");
            }
        });
        look(exit, EmergencyExitTest::noMemory, EmergencyExit.LOOKS);
        assertThat(halts).isEqualTo(5);
    }

    @Test
    void whatCannotBeInitialisedForWantOfMemoryDoesNotKeepItFromTheEnd() {
        EmergencyExit exit = new EmergencyExit(() -> {
            if (++halts < 5) {
                throw new NoClassDefFoundError("on purpose");
            }
        });
        look(exit, EmergencyExitTest::noMemory, EmergencyExit.LOOKS);
        assertThat(halts).isEqualTo(5);
    }

    private static void look(EmergencyExit exit, Runnable probe, int times) {
        for (int i = 0; i < times; i++) {
            exit.look(probe);
        }
    }

    @Test
    void aProgramWithoutMemoryEndsWithStatus1AndALine() throws Exception {
        try (RunningProgram program = RunningProgram.start(fullHeap());
                Socket client = new Socket(InetAddress.getLoopbackAddress(), program.port())) {
            program.process().getOutputStream().write('\n');
            program.process().getOutputStream().flush();

            assertThat(program.exitStatus()).isEqualTo(1);
            assertThat(program.output()).anyMatch(line -> line.startsWith("amqproxy: ended, as "));
            assertThat(isCutOff(client)).isTrue();
        }
    }

    private static ProcessBuilder fullHeap() {
        List<String> command =
                new ArrayList<>(RunningProgram.command("-p", "0", "-b", "off", "amqp://127.0.0.1:" + broker.port()));
        Collections.replaceAll(command, Main.class.getName(), FullHeap.class.getName());
        command.addAll(1, List.of("-Xmx48m", "-XX:+UseSerialGC"));
        return new ProcessBuilder(command).redirectErrorStream(true);
    }

    private static boolean isCutOff(Socket client) throws IOException {
        try (InputStream in = client.getInputStream()) {
            in.readAllBytes();
            return true;
        } catch (SocketException reset) {
            return true;
        }
    }
}
