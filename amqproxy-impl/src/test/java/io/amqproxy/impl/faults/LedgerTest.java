package io.amqproxy.impl.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.faults.Ledger.Name;
import org.junit.jupiter.api.Test;

class LedgerTest {

    private static final Name FIRST = new Name("q", 1, 0);
    private static final Name SECOND = new Name("q", 1, 1);

    private final Ledger ledger = new Ledger();

    @Test
    void aConfirmedMessageThatNobodyGotIsALoss() {
        ledger.published(FIRST);
        ledger.confirmed(FIRST);

        assertThat(ledger.isSettled()).isFalse();
        assertThat(ledger.violations()).singleElement().asString().contains("1 messages were confirmed and never");
    }

    @Test
    void aMessageMayBeConfirmedInOneSessionAndComeFromAnother() {
        Name again = new Name("q", 2, 0);
        ledger.published(FIRST);
        ledger.published(again);
        ledger.confirmed(again);
        ledger.consumed("q", FIRST, false);

        assertThat(ledger.isSettled()).isTrue();
        assertThat(ledger.violations()).isEmpty();
    }

    @Test
    void aMessageThatComesTwiceIsMarked() {
        ledger.published(FIRST);
        ledger.consumed("q", FIRST, false);
        ledger.consumed("q", FIRST, true);
        assertThat(ledger.violations()).isEmpty();

        ledger.consumed("q", FIRST, false);
        assertThat(ledger.violations()).singleElement().asString().contains("not marked");
    }

    @Test
    void messagesOfOneSessionComeInOrder() {
        ledger.published(FIRST);
        ledger.published(SECOND);
        ledger.consumed("q", SECOND, false);
        ledger.consumed("q", FIRST, false);

        assertThat(ledger.violations()).singleElement().asString().contains("after 1");
    }

    @Test
    void aBrokerThatDiedMayHaveForgottenWhatItDelivered() {
        ledger.published(FIRST);
        ledger.consumed("q", FIRST, false);
        ledger.brokerDied("q");
        ledger.consumed("q", FIRST, false);

        assertThat(ledger.violations()).isEmpty();
    }

    @Test
    void aMessageOfAnotherQueueIsNobodys() {
        ledger.published(FIRST);
        ledger.consumed("other", FIRST, false);
        ledger.consumed("q", new Name("q", 1, 5), false);
        ledger.consumed("q", new Name("q", 9, 0), false);

        assertThat(ledger.violations()).hasSize(3).allMatch(text -> text.contains("nobody sent it"));
    }
}
