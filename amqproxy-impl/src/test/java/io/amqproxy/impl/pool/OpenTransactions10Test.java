package io.amqproxy.impl.pool;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a client leaves of a transaction that it has begun on a connection of many is rolled back in front of Artemis,
 * which would keep it, and the messages in it, as long as the connection lasts.
 */
class OpenTransactions10Test {

    private static final String ARTEMIS = "apache-activemq-artemis";
    private static final String CLASSIC = "ActiveMQ";
    private static final String QPID = "Apache Qpid Broker-J Core";

    private final Rig10 rig = new Rig10();

    /** A client with a sender, and then a transaction. */
    private TestClient10 transacting(String product, String transaction) {
        rig.broker.product = product;
        rig.broker.answers = false;
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        coordinator(client, "tx", 1).run();
        client.transfer(0, 1, 0, false, DECLARE).run();
        session().say(0x15, true, 0, 0, true, Wire10.composite(0x33, transaction.getBytes(ISO_8859_1)));
        rig.rig.run();
        assertThat(client.all(0x15)).hasSize(1);
        return client;
    }

    /** The one that was begun last. */
    private ScriptedBroker10.Session session() {
        return rig.broker.connections.stream()
                .flatMap(connection -> connection.sessions.values().stream())
                .reduce((before, last) -> last)
                .orElseThrow();
    }

    private static TestClient10 coordinator(TestClient10 client, String name, int handle) {
        return client.say(
                0,
                0x12,
                name,
                handle,
                false,
                null,
                null,
                Wire10.composite(0x28, "me"),
                Wire10.composite(0x30),
                null,
                null,
                0);
    }

    private String last() {
        return rig.broker.taken.get(rig.broker.taken.size() - 1);
    }

    /** A message, as the broker would close the connection for anything else. */
    private static String data(String text) {
        return "\0Su\u00A0" + (char) text.length() + text;
    }

    /** An amqp-value with a declare of no other transaction. */
    private static final String DECLARE = "\0Sw\0S1\u00C0\2\1@";

    /** An amqp-value with a discharge that fails. */
    private static String rollback(String transaction) {
        return discharge(transaction) + 'A';
    }

    private static String commit(String transaction) {
        return discharge(transaction) + 'B';
    }

    private static String discharge(String transaction) {
        int length = transaction.length();
        return "\0Sw\0S2\u00C0" + (char) (length + 4) + "\2\u00A0" + (char) length + transaction;
    }

    @Test
    void whatAVanishedClientLeavesIsRolledBack() {
        transacting(ARTEMIS, "one").transfer(0, 0, 1, false, data("work")).run().vanish();
        assertThat(rig.broker.taken).containsExactly(DECLARE, data("work"), rollback("one"));
        assertThat(rig.broker.sessions()).isZero();
    }

    @Test
    void theRollBackWaitsUntilTheBrokerTakesMoreTransfers() {
        neighbour(ARTEMIS);
        rig.broker.window = 1;
        transacting(ARTEMIS, "one").vanish();
        assertThat(last()).isEqualTo(DECLARE);

        session().window(1);
        rig.rig.run();
        assertThat(last()).isEqualTo(rollback("one"));
        acceptRollBack();
        assertThat(rig.broker.sessions()).isEqualTo(1);
    }

    @Test
    void soIsWhatAClientLeavesThatClosesInOrder() {
        transacting(ARTEMIS, "one").leave();
        assertThat(last()).isEqualTo(rollback("one"));
    }

    @Test
    void whatItHasDischargedIsNot() {
        transacting(ARTEMIS, "one")
                .transfer(0, 1, 1, false, commit("one"))
                .run()
                .vanish();
        assertThat(last()).isEqualTo(commit("one"));
    }

    /** Artemis closes the connection for what is discharged twice. */
    @Test
    void norWhatItHasDischargedBySectionsBeforeOrByAnotherCoordinator() {
        TestClient10 client = transacting(ARTEMIS, "one");
        coordinator(client, "other", 2).run();
        String header = "\0Sp\u00C0\2\1A";
        client.transfer(0, 1, 1, false, header + commit("one")).run().vanish();
        assertThat(last()).isEqualTo(header + commit("one"));
    }

    /** What only speaks of a transaction discharges none. */
    @Test
    void aMessageWithItsNameInItIsNoDischarge() {
        transacting(ARTEMIS, "one").transfer(0, 1, 1, false, data("one")).run().vanish();
        assertThat(last()).isEqualTo(rollback("one"));
    }

    @Test
    void aCoordinatorTakesNoMessageInParts() {
        TestClient10 client = transacting(ARTEMIS, "one");
        client.write(Wire10.frame(
                        0,
                        0x14,
                        commit("one").substring(0, 4).getBytes(ISO_8859_1),
                        1,
                        1,
                        new byte[] {1},
                        0,
                        false,
                        true))
                .run();
        assertThat(client.last(0x16).error(2)).isEqualTo("amqp:not-implemented");
        assertThat(client.all(0x18)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Apache Qpid Broker-J Core", "scripted"})
    void otherBrokersDoItThemselves(String product) {
        transacting(product, "one").vanish();
        assertThat(last()).isEqualTo(DECLARE);
    }

    private static byte[] within(String transaction, int id, int channel) {
        Object state = Wire10.composite(0x34, transaction.getBytes(ISO_8859_1));
        return Wire10.frame(
                channel,
                0x14,
                data("work").getBytes(ISO_8859_1),
                0,
                id,
                new byte[] {(byte) id},
                0,
                false,
                false,
                null,
                state);
    }

    /** The broker closes the connection of all for any other. */
    @Test
    void aTransactionThatIsOpenIsForAllSessionsOfItsClient() {
        TestClient10 client = transacting(ARTEMIS, "one");
        client.write(within("one", 1, 0)).begin(1).sender(1, 0, "q").run();
        client.write(within("one", 0, 1)).run();
        assertThat(client.all(0x18)).isEmpty();
        assertThat(rig.broker.taken).containsExactly(DECLARE, data("work"), data("work"));
    }

    @Test
    void aTransactionThatIsDischargedReachesTheBrokerNoMore() {
        neighbour(ARTEMIS);
        TestClient10 client = transacting(ARTEMIS, "one");
        client.transfer(0, 1, 1, false, commit("one")).run();
        client.write(within("one", 2, 0)).run();
        assertThat(client.last(0x18).error(0)).isEqualTo("amqp:internal-error");
        assertThat(last()).isEqualTo(commit("one"));
    }

    /** Who has a link on the connection that others use as well. */
    private TestClient10 neighbour(String product) {
        rig.broker.product = product;
        rig.broker.answers = false;
        return TestClient10.open(rig.rig, "neighbour")
                .begin(0)
                .sender(0, 0, "q")
                .run();
    }

    /** Answers are a close, a disposition or a detach, with the condition in this field. */
    @ParameterizedTest
    @CsvSource({
        ARTEMIS + ",onetwo78,24,0,amqp:internal-error",
        CLASSIC + ",onetwo78,21,4,failed",
        CLASSIC + ",one,24,0,amqp:decode-error",
        QPID + ",onetwo78,22,2,amqp:transaction:unknown-id",
        "scripted,onetwo78,22,2,amqp:transaction:unknown-id"
    })
    void nobodySendsInATransactionOfAnother(String product, String id, int answer, int field, String condition) {
        TestClient10 other = neighbour(product);
        transacting(product, id);
        other.write(within(id, 0, 0)).run();
        assertThat(other.last(answer).field(field)).asString().contains(condition);
        assertThat(last()).isEqualTo(DECLARE);
    }

    @ParameterizedTest
    @CsvSource({
        ARTEMIS + ",onetwo78,24,0,amqp:internal-error",
        CLASSIC + ",onetwo78,24,0,amqp:decode-error",
        QPID + ",onetwo78,22,2,amqp:transaction:unknown-id"
    })
    void nobodyAcceptsInATransactionOfAnother(String product, String id, int answer, int field, String condition) {
        TestClient10 other = neighbour(product);
        transacting(product, id);
        rig.broker.queue("p").add("one".getBytes(ISO_8859_1));
        other.receiver(0, 2, "p").run().credit(0, 2, 7, 1).run();
        accept(other, id).run();
        assertThat(other.last(answer).field(field)).asString().contains(condition);
        assertThat(rig.broker.accepted).isEmpty();
    }

    private static TestClient10 accept(TestClient10 client, String id) {
        return client.say(
                0, 0x15, true, 0, 0, false, Wire10.composite(0x34, id.getBytes(ISO_8859_1), Wire10.composite(0x24)));
    }

    @ParameterizedTest
    @CsvSource({
        ARTEMIS + ",onetwo78,21,4,amqp:illegal-state",
        CLASSIC + ",onetwo78,21,4,failed",
        CLASSIC + ",one,24,0,amqp:decode-error",
        QPID + ",onetwo78,21,4,amqp:transaction:unknown-id"
    })
    void nobodyDischargesATransactionOfAnother(String product, String id, int answer, int field, String condition) {
        TestClient10 other = neighbour(product);
        transacting(product, id);
        coordinator(other, "tx", 1).run();
        other.transfer(0, 1, 0, false, commit(id)).run();
        assertThat(other.last(answer).field(field)).asString().contains(condition);
        assertThat(last()).isEqualTo(DECLARE);
    }

    /** Some brokers close the connection for it. */
    @ParameterizedTest
    @CsvSource({CLASSIC + ",amqp:decode-error", QPID + ",amqp:internal-error"})
    void whatACoordinatorCannotReadCostsNobodyElseTheConnection(String product, String condition) {
        TestClient10 neighbour = neighbour(product);
        TestClient10 client = transacting(product, "one");
        client.transfer(0, 1, 1, false, data("garbage")).run();
        assertThat(client.last(0x18).error(0)).isEqualTo(condition);
        assertThat(neighbour.all(0x18)).isEmpty();
        assertThat(last()).isEqualTo(DECLARE);
    }

    /** On a connection that is the client's alone the broker says what it thinks. */
    @Test
    void whoIsAloneHearsTheBroker() {
        TestClient10 client = transacting(CLASSIC, "one");
        client.transfer(0, 1, 1, false, data("garbage")).run();
        assertThat(client.all(0x18)).isEmpty();
        assertThat(last()).isEqualTo(data("garbage"));
    }

    /** Where the end overtakes the rollback Artemis keeps messages that were accepted in the transaction. */
    @Test
    void theSessionEndsWhenTheRollBackIsAnswered() {
        neighbour(ARTEMIS);
        TestClient10 client = transacting(ARTEMIS, "one");
        client.vanish();
        assertThat(last()).isEqualTo(rollback("one"));
        assertThat(rig.broker.sessions()).isEqualTo(2);

        acceptRollBack();
        assertThat(rig.broker.sessions()).isEqualTo(1);
    }

    private void acceptRollBack() {
        session().say(0x15, true, 1, 1, true, Wire10.composite(0x24));
        rig.rig.run();
    }

    @Test
    void whereTheBrokerDetachesTheCoordinatorInsteadTheSessionEnds() {
        neighbour(ARTEMIS);
        transacting(ARTEMIS, "one").vanish();
        assertThat(last()).isEqualTo(rollback("one"));
        assertThat(rig.broker.sessions()).isEqualTo(2);

        session().say(0x16, session().link(1).ownHandle, true);
        rig.rig.run();
        assertThat(rig.broker.sessions()).isEqualTo(1);
    }

    @Test
    void soItDoesWhereThatWasTheProxysOwn() {
        neighbour(ARTEMIS);
        transacting(ARTEMIS, "one").say(0, 0x16, 1, true).run().vanish();
        assertThat(last()).isEqualTo(rollback("one"));
        assertThat(rig.broker.sessions()).isEqualTo(2);

        int own = session().links.values().stream()
                .filter(link -> link.name.startsWith("rollback"))
                .findFirst()
                .orElseThrow()
                .ownHandle;
        session().say(0x16, own, true);
        rig.rig.run();
        assertThat(rig.broker.sessions()).isEqualTo(1);
    }

    @Test
    void aCoordinatorThatTheClientHasDetachedIsAttachedAgainForThat() {
        neighbour(ARTEMIS);
        TestClient10 client = transacting(ARTEMIS, "one");
        client.say(0, 0x16, 1, true).run().vanish();
        assertThat(last()).isEqualTo(rollback("one"));
        assertThat(rig.broker.sessions()).isEqualTo(2);

        acceptRollBack();
        assertThat(rig.broker.sessions()).isEqualTo(1);
    }

    /** Artemis closes the connection for it. */
    @Test
    void whatIsAcceptedInATransactionHasNoOtherOutcome() {
        TestClient10 neighbour = neighbour(ARTEMIS);
        TestClient10 client = transacting(ARTEMIS, "one");
        rig.broker.queue("p").add("one".getBytes(ISO_8859_1));
        client.receiver(0, 2, "p").run().credit(0, 2, 7, 1).run();
        accept(client, "one").run();
        assertThat(client.all(0x18)).isEmpty();

        client.settle(0, 0, 0).run();
        assertThat(client.last(0x18).error(0)).isEqualTo("amqp:internal-error");
        assertThat(neighbour.all(0x18)).isEmpty();
    }

    /** Brokers number transactions by connection. */
    @Test
    void aCoordinatorIsWhereItsClientsOtherSessionsAreAndSoAreThoseThatComeLater() {
        neighbour(QPID);
        TestClient10 client = rig.open().begin(0).sender(0, 0, "q").run();
        Object[] coordinator = {
            "tx", 0, false, null, null, Wire10.composite(0x28, "me"), Wire10.composite(0x30), null, null, 0
        };
        client.begin(1).say(1, 0x12, coordinator).run();
        client.begin(2).receiver(2, 0, "q").run();
        assertThat(client.all(0x12)).hasSize(3);
        assertThat(rig.broker.connections).hasSize(1);
        assertThat(rig.broker.sessions()).isEqualTo(4);
    }
}
