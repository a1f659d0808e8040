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
    static final String PACE = "pace";

    private static final int KIB = 1024;
    private static final int[] SIZES = {16, 128, KIB, 16 * KIB, 100 * KIB};
    private static final int[] CONNECTIONS = {1, 10, 100};
    private static final double NO_BAR = Double.NaN;
    private static final double CONFIRM_BAR = 1.1;
    private static final double SINGLE_BAR = 0.9;
    private static final double SHORT_BAR = 0.7;
    private static final double SINGLE_SHORT_BAR = 1.0;
    private static final double LATENCY_BAR = 1.1;

    private Items() {}

    static List<Item> streams() {
        List<Item> items = new ArrayList<>();
        for (boolean confirms : new boolean[] {false, true}) {
            for (int size : SIZES) {
                for (int connections : CONNECTIONS) {
                    double confirmBar = size == 128 && connections == 10 ? CONFIRM_BAR : NO_BAR;
                    items.add(new Item(
                            confirms ? CONFIRM : PUBLISH,
                            new PublishStream(size, connections, confirms, 1),
                            confirms ? confirmBar : bar(size)));
                }
            }
        }
        items.add(new Item(SINGLE, new SingleWrites(128, 10), SINGLE_BAR));
        items.add(new Item(DELIVER, new DeliverStream(128, 10), 1.0));
        items.add(new Item(DELIVER, new DeliverStream(16 * KIB, 10), 0.8));
        return items;
    }

    static List<Item> streams10() {
        List<Item> items = new ArrayList<>();
        for (boolean settled : new boolean[] {true, false}) {
            for (int size : new int[] {128, KIB, 16 * KIB}) {
                for (int connections : CONNECTIONS) {
                    items.add(new Item(SEND, new SendStream10(size, connections, settled), bar10(size)));
                }
            }
        }
        for (int size : new int[] {128, KIB, 16 * KIB}) {
            items.add(new Item(DELIVER, new DeliverStream10(size, 10), bar10(size)));
        }
        return items;
    }

    private static double bar(int size) {
        if (size < 128) {
            return 1.5;
        }
        return size < KIB ? 1.2 : 1.0;
    }

    private static double bar10(int size) {
        if (size < KIB) {
            return 2.5;
        }
        return size == KIB ? 1.3 : 1.1;
    }

    static List<Item> cycles10() {
        return cycles(Dialect.AMQP_10);
    }

    private static List<Item> cycles(Dialect dialect) {
        List<Item> items = new ArrayList<>();
        for (int atOnce : new int[] {1, 20}) {
            for (boolean confirms : new boolean[] {false, true}) {
                items.add(new Item(
                        SHORT,
                        new ShortConnections(atOnce, confirms, 1, dialect),
                        atOnce == 1 ? SINGLE_SHORT_BAR : SHORT_BAR));
            }
        }
        return items;
    }

    static List<Item> cycles() {
        List<Item> items = cycles(Dialect.AMQP_091);
        items.add(new Item(LATENCY, new SingleConfirms(128), LATENCY_BAR));
        items.add(new Item(PACE, new PacedConfirms(128, 10, 10_000), NO_BAR));
        return items;
    }
}
