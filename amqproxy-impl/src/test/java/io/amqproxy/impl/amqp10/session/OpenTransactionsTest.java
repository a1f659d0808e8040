package io.amqproxy.impl.amqp10.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class OpenTransactionsTest {

    private static final int AT = 3;

    private final OpenTransactions transactions = new OpenTransactions();

    /** An id within other octets, as it comes in a frame. */
    private static ByteBuffer frame(byte[] id) {
        return ByteBuffer.allocate(AT + 2 + id.length + 1)
                .position(AT)
                .put((byte) 0xA0)
                .put((byte) id.length)
                .put(id)
                .rewind();
    }

    private static byte[] id(int number) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
    }

    @Test
    void thoseThatAreOpenAreKnownByWhatTheyAreCalled() {
        assertThat(transactions.isOpen(frame(id(0)), AT)).isFalse();
        for (int i = 0; i <= OpenTransactions.MOST; i++) {
            transactions.onDeclared(id(i));
        }
        transactions.onDischarged(frame(id(7)), AT);
        transactions.onDischarged(frame(id(OpenTransactions.MOST)), AT);

        assertThat(transactions.count()).isEqualTo(OpenTransactions.MOST - 1);
        for (int i = 0; i < OpenTransactions.MOST; i++) {
            assertThat(transactions.isOpen(frame(id(i)), AT)).as("%d", i).isEqualTo(i != 7);
        }
        assertThat(transactions.isOpen(frame(id(OpenTransactions.MOST)), AT)).isFalse();
        assertThat(transactions.isOpen(frame(new byte[] {0, 0, 0}), AT)).isFalse();
        assertThat(transactions.isOpen(frame(new byte[200]), AT)).isFalse();
        assertThat(transactions.isOpen(frame(id(0)), -1)).isFalse();
    }

    @Test
    void theOldestIsRolledBackFirst() {
        transactions.onDeclared(id(1));
        transactions.onDeclared(id(2));

        assertThat(transactions.rollBack()).isEqualTo(ByteBuffer.wrap(new byte[] {
            0, 0x53, 0x77, 0, 0x53, 0x32, (byte) 0xC0, 8, 2, (byte) 0xA0, 4, 0, 0, 0, 1, 0x41
        }));
        assertThat(transactions.isOpen(frame(id(1)), AT)).isFalse();
        assertThat(transactions.isOpen(frame(id(2)), AT)).isTrue();
    }
}
