package io.amqproxy.impl.fault;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What faults do to a client that publishes and waits for the confirm, whatever its library: each fault begins, the
 * client publishes, the fault is revoked, and it waits on, or publishes again where it can. It says
 *
 * <ul>
 *   <li>{@code confirmed}, {@code nacked}, {@code released}: what it heard of the message;
 *   <li>{@code late}: nothing was heard within its patience;
 *   <li>{@code channel} with a code or condition: its channel or link was closed, and it opens another one to go on;
 *   <li>{@code lost} with a code or condition, if it got one: its connection is no more;
 *   <li>{@code refused} with a code or condition, if it got one: it could not connect.
 * </ul>
 *
 * In the end a new connection of it has to have a message confirmed.
 */
final class FaultTable {

    /**
     * One of them.
     *
     * @param patience of how the client waits, {@code -} for a moment and {@code +} for long, while the fault is there
     *     and after it; or {@code c+} where it does not publish meanwhile, but connects
     */
    record Row(String fault, String patience, String during, String after) {

        List<String> lines() {
            return List.of(fault + ": " + during, "after it: " + after);
        }
    }

    private final List<Row> rows;

    private FaultTable(List<Row> rows) {
        this.rows = rows;
    }

    private static Row row(String line) {
        String[] cells = line.split(" *\\| *", -1);
        return new Row(cells[0].strip(), cells[1], cells[2], cells[3].strip());
    }

    private static FaultTable of(String text) {
        return new FaultTable(text.lines().map(FaultTable::row).toList());
    }

    /** The credit that is there is taken back. */
    private static final String OF_CREDIT = "withhold credit";

    /** Those of the network and of the broker, which all clients meet. */
    private static final String OF_ALL = """
            cut by FIN            | ++ | lost      | lost
            cut by a reset        | ++ | lost      | lost
            cut by halves         | ++ | lost      | lost
            cut within a frame    | ++ | lost      | lost
            stop reading          | -+ | late      | confirmed
            be silent             | -+ | late      | confirmed
            lose all              | -+ | late      | lost
            delay all             | -+ | late      | confirmed
            limit the bandwidth   | -+ | late      | confirmed
            block                 | -+ | late      | confirmed
            leave the broker unread | -+ | late    | confirmed
            silence the broker    | -+ | late      | confirmed
            delay the broker      | -+ | late      | confirmed
            narrow the broker's way | -+ | late    | confirmed
                        refuse clients        | c+ | refused   | confirmed
            """;

    static FaultTable of091() {
        return of(OF_ALL + """
                close connections     | ++ | lost 320    | lost
                cut the broker off    | ++ | lost 320    | lost
                cut the broker by halves  | ++ | lost 320 | lost
                cut a frame to the broker | ++ | lost 320 | lost
                lose all with the broker  | -+ | late     | lost 320
                take the broker away  | ++ | lost 320    | lost
                close channels        | ++ | channel 404 | confirmed
                fail a publish        | ++ | channel 404 | confirmed
                fail one at all costs | ++ | lost 541    | lost
                nack a confirm        | ++ | nacked      | confirmed
                lose a confirm        | -- | late        | late
                delay a confirm       | -+ | late        | confirmed
                refuse a log-in       | c+ | refused 403 | confirmed
                """);
    }

    /** But the end of a session, of which senders of some libraries do not hear for sure. */
    static FaultTable of10() {
        return of(OF_ALL + """
                close for a condition | ++ | lost amqp:not-allowed       | lost
                cut the broker off    | ++ | lost amqp:connection:forced | lost
                cut the broker by halves  | ++ | lost amqp:connection:forced | lost
                cut a frame to the broker | ++ | lost amqp:connection:forced | lost
                lose all with the broker  | -+ | late | lost amqp:connection:forced
                take the broker away  | ++ | lost amqp:connection:forced | lost
                detach                | ++ | channel amqp:resource-deleted  | confirmed
                detach at the broker  | ++ | channel amqp:resource-deleted  | confirmed
                reject                | ++ | nacked                        | confirmed
                release               | ++ | released                      | confirmed
                lose a confirm        | -- | late                        | late
                delay a confirm       | -+ | late                        | confirmed
                withhold credit       | -+ | late                        | confirmed
                refuse a log-in       | c+ | refused                     | confirmed
                """);
    }

    /** The same where a client sees something else. */
    FaultTable but(String fault, String during, String after) {
        return new FaultTable(rows.stream()
                .map(row -> row.fault().equals(fault) ? new Row(fault, row.patience(), during, after) : row)
                .toList());
    }

    /** For scripts: faults with how the client waits, in lines. */
    String questions() {
        return rows.stream().map(row -> row.patience() + row.fault()).collect(Collectors.joining("\n"));
    }

    List<Row> rows() {
        return rows;
    }

    /** What a client says, but for its questions. */
    List<String> lines() {
        return rows.stream().flatMap(row -> row.lines().stream()).toList();
    }

    /** What a script has said, but for its questions. */
    static List<String> answers(List<String> said) {
        return said.stream().filter(line -> !line.startsWith("? ")).toList();
    }

    /** The same of a client in this JVM. */
    List<String> play(PublishingClient client, FaultsAskedFor faults) throws Exception {
        List<String> said = new ArrayList<>();
        for (Row row : rows) {
            said.addAll(play(row, client, faults));
        }
        return said;
    }

    private static List<String> play(Row row, PublishingClient client, FaultsAskedFor faults) throws Exception {
        boolean connects = row.patience().charAt(0) == 'c';
        if (!connects) {
            expectConfirmed(row, client);
        }
        faults.accept(row.fault());
        if (row.fault().equals(OF_CREDIT)) {
            client.roundTrip();
        }
        String during =
                connects ? client.connect() : client.publish(row.patience().charAt(0) == '+');
        faults.accept("revoke");
        String after = after(row, client, during);
        client.close();
        expectConfirmed(row, client);
        client.close();
        return Arrays.asList(row.fault() + ": " + during, "after it: " + after);
    }

    private static String after(Row row, PublishingClient client, String during) throws Exception {
        boolean isPatient = row.patience().charAt(1) == '+';
        if (during.startsWith("refused")) {
            String connected = client.connect();
            return connected.equals("connected") ? client.publish(isPatient) : connected;
        }
        if (during.startsWith("lost")) {
            return "lost";
        }
        return during.equals("late") ? client.hear(isPatient) : client.publish(isPatient);
    }

    private static void expectConfirmed(Row row, PublishingClient client) throws Exception {
        String connected = client.connect();
        String heard = connected.equals("connected") ? client.publish(true) : connected;
        if (!heard.equals("confirmed")) {
            throw new AssertionError("before or after '" + row.fault() + "' a client is " + heard);
        }
    }
}
