package io.amqproxy.program;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** The program in a process that opens sockets until there are no more when it gets a line on its standard input. */
final class FullDescriptors {

    private static final List<SocketChannel> HELD = new ArrayList<>();

    private FullDescriptors() {}

    public static void main(String[] arguments) {
        Thread filler = new Thread(FullDescriptors::fill, "filler");
        filler.setDaemon(true);
        filler.start();
        Main.main(arguments);
    }

    private static void fill() {
        try {
            if (System.in.read() < 0) {
                return;
            }
            while (true) {
                HELD.add(SocketChannel.open());
            }
        } catch (IOException none) {
            System.err.println("no descriptors left: " + none.getMessage());
        }
    }
}
