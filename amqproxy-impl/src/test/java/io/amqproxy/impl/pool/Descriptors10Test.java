package io.amqproxy.impl.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.amqproxy.impl.amqp10.Wire10;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A type has the same meaning in each way in which its descriptor can be said (part 1, section 1.5). */
class Descriptors10Test {

    private static final Map<Integer, String> SYMBOLS = Map.of(
            0x12, "amqp:attach:list",
            0x28, "amqp:source:list",
            0x29, "amqp:target:list",
            0x30, "amqp:coordinator:list");

    /** How a descriptor is said. */
    enum Form {
        CODE {
            @Override
            Object descriptor(int code) {
                return new Wire10.Raw(new byte[] {0x53, (byte) code});
            }
        },
        WIDE_CODE {
            @Override
            Object descriptor(int code) {
                return new Wire10.Raw(
                        ByteBuffer.allocate(9).put((byte) 0x80).putLong(code).array());
            }
        },
        SYMBOL {
            @Override
            Object descriptor(int code) {
                return new Wire10.Symbol(String.valueOf(SYMBOLS.get(code)));
            }
        },
        WIDE_SYMBOL {
            @Override
            Object descriptor(int code) {
                byte[] symbol = String.valueOf(SYMBOLS.get(code)).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
                return new Wire10.Raw(ByteBuffer.allocate(5 + symbol.length)
                        .put((byte) 0xB3)
                        .putInt(symbol.length)
                        .put(symbol)
                        .array());
            }
        };

        abstract Object descriptor(int code);

        Object composite(int code, @Nullable Object... fields) {
            return new Wire10.Described(descriptor(code), Arrays.asList(fields));
        }

        /** A frame with this performative. */
        byte[] attach(@Nullable Object... fields) {
            byte[] body = Wire10.encode(composite(0x12, fields));
            return ByteBuffer.allocate(8 + body.length)
                    .putInt(8 + body.length)
                    .put(new byte[] {2, 0, 0, 0})
                    .put(body)
                    .array();
        }
    }

    private final Rig10 rig = new Rig10();

    /** A client that is alone on a connection with what it attaches, which ends with it. */
    private void assertIsForItsContainer(byte[] attach) {
        TestClient10 client = rig.open().begin(0).write(attach).run();
        assertThat(client.all(0x12)).hasSize(1);
        assertThat(rig.broker.connections)
                .anyMatch(connection -> connection.container.equals("c") && !connection.ended);
        client.leave();
        assertThat(rig.broker.connections)
                .noneMatch(connection -> connection.container.equals("c") && !connection.ended);
    }

    @ParameterizedTest
    @EnumSource
    void whatIsDurableIsForItsContainer(Form form) {
        assertIsForItsContainer(
                form.attach("n", 0, true, null, null, form.composite(0x28, "q", 2), form.composite(0x29, "me")));
    }

    @ParameterizedTest
    @EnumSource
    void aNodeThatIsMadeForTheAskingIsForItsContainer(Form form) {
        Object dynamic = form.composite(0x29, null, null, null, null, true);
        assertIsForItsContainer(
                form.attach("n", 0, false, null, null, form.composite(0x28, "me"), dynamic, null, null, 0));
    }

    @ParameterizedTest
    @EnumSource
    void tokensThatAuthoriseAConnectionAreForItsContainer(Form form) {
        assertIsForItsContainer(form.attach(
                "n", 0, false, null, null, form.composite(0x28, "me"), form.composite(0x29, "$cbs"), null, null, 0));
    }

    @ParameterizedTest
    @EnumSource
    void aPlainSenderServesTheNextClient(Form form) {
        byte[] attach = form.attach(
                "n", 0, false, null, null, form.composite(0x28, "me"), form.composite(0x29, "q"), null, null, 0);
        for (String body : List.of("a", "b")) {
            TestClient10 client = rig.open().begin(0).write(attach).run();
            client.transfer(0, 0, 0, false, body).run().leave();
        }
        assertThat(rig.broker.taken).containsExactly("a", "b");
        assertThat(rig.broker.sessionsBegun).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void transactionsAreForTheirContainer(Form form) {
        assertIsForItsContainer(form.attach(
                "n", 0, false, null, null, form.composite(0x28, "me"), form.composite(0x30), null, null, 0));
    }
}
