package io.amqproxy.benchmark;

import java.util.ArrayList;
import java.util.List;

/** What is measured by {@link Measurement}, and what the proxy has to keep. */
final class Items {

    static final String PUBLISH = "publish";
    static final String CONFIRM = "confirm";
    static final String SINGLE = "single";
    static final String DELIVER = "deliver";
    static final String SEND = "send";
    static final String SHORT = "short";
    static final String LATENCY = "latency";

    private static final int KIB = 1024;
    private static final int[] SIZES = {16, 128, KIB, 16 * KIB, 100 * KIB};
    private static final int[] CONNECTIONS = {1, 10, 100};
    private static final double NO_BAR = Double.NaN;
    private static final double SINGLE_BAR = 1.0;
    private static final double SHORT_BAR = 0.7;
    private static final double LATENCY_BAR = 1.1;

    private Items() {}

    static List<Item> streams() {
        List<Item> items = new ArrayList<>();
        for (boolean confirms : new boolean[] {false, true}) {
            for (int size : SIZES) {
                for (int connections : CONNECTIONS) {
                    boolean hasBar = !confirms || (size == 128 && connections == 10);
                    items.add(new Item(
                            confirms ? CONFIRM : PUBLISH,
                            new PublishStream(size, connections, confirms, 1),
                            hasBar ? bar(size) : NO_BAR));
                }
            }
        }
        items.add(new Item(SINGLE, new SingleWrites(128, 10), SINGLE_BAR));
        items.add(new Item(DELIVER, new DeliverStream(128, 10), bar(128)));
        items.add(new Item(DELIVER, new DeliverStream(16 * KIB, 10), bar(16 * KIB)));
        return items;
    }

    static List<Item> streams10() {
        List<Item> items = new ArrayList<>();
        for (boolean settled : new boolean[] {true, false}) {
            for (int size : new int[] {128, KIB, 16 * KIB}) {
                for (int connections : CONNECTIONS) {
                    items.add(new Item(SEND, new SendStream10(size, connections, settled), bar(size)));
                }
            }
        }
        return items;
    }

    private static double bar(int size) {
        if (size < KIB) {
            return 2.5;
        }
        return size == KIB ? 1.3 : 1.1;
    }

    static List<Item> cycles() {
        List<Item> items = new ArrayList<>();
        for (int atOnce : new int[] {1, 20}) {
            for (boolean confirms : new boolean[] {false, true}) {
                items.add(new Item(SHORT, new ShortConnections(atOnce, confirms, 1), atOnce == 1 ? NO_BAR : SHORT_BAR));
            }
        }
        items.add(new Item(LATENCY, new SingleConfirms(128), LATENCY_BAR));
        return items;
    }
}
