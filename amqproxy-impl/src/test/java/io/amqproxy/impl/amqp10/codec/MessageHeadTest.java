package io.amqproxy.impl.amqp10.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What ActiveMQ Artemis 2.55.0 accepts passes, and what it was seen to close the connection for does not. */
class MessageHeadTest {

    private static final String DATA = "005375a00178";

    private static byte[] octets(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    private static void inParts(boolean readsBody, byte[] message, int length) throws AmqpError {
        MessageHead head = new MessageHead(readsBody);
        head.begin();
        for (int at = 0; at < message.length; at += length) {
            int end = Math.min(message.length, at + length);
            head.take(ByteBuffer.wrap(message), at, end, end == message.length);
        }
    }

    private static void passes(boolean readsBody, byte[] octets) {
        assertThatNoException()
                .isThrownBy(() -> new MessageHead(readsBody).check(ByteBuffer.wrap(octets), 0, octets.length));
        for (int length = 1; length <= octets.length; length++) {
            int parts = length;
            assertThatNoException().isThrownBy(() -> inParts(readsBody, octets, parts));
        }
    }

    private static void costsTheConnection(boolean readsBody, byte[] octets) {
        assertThatThrownBy(() -> new MessageHead(readsBody).check(ByteBuffer.wrap(octets), 0, octets.length))
                .isInstanceOfSatisfying(AmqpError.class, MessageHeadTest::assertOfConnection);
        for (int length = 1; length <= octets.length; length++) {
            int parts = length;
            assertThatThrownBy(() -> inParts(readsBody, octets, parts))
                    .isInstanceOfSatisfying(AmqpError.class, MessageHeadTest::assertOfConnection);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", // Nothing at all.
                DATA,
                "005370c006044150044042" + DATA,
                "005370c00604415004404200" + "5373c00401a10161" + "005375a10178", // Properties too.
                "005374" + "45" + DATA, // Application properties that are a list.
                "005375a10178", // Data that is a string, then data that is cut off, and so on: the body is not read.
                "005375a00978",
                "0053773f",
                "00537045", // No body.
                "00a310616d71703a646174613a62696e617279a00178",
                "00800000000000000075a00178",
                "005372c10702a30178a10179" + DATA,
                "a10462617265", // Values that are no sections, whole or not, which are a body to it.
                "a0",
                "40",
                "43",
                "c030",
                "98",
                "e0040250",
                "730000",
                "a10178ffff",
                "005370c00201" + "41" + "a10178",
                "005373c00401a10161" + "45",
                "00537f40", // Sections that it does not know.
                "00537fff",
                "00537fa10178" + DATA,
                "00a30178a10179",
                "00800000010000000075a00178"
            })
    void whatArtemisTakesPasses(String hex) {
        passes(false, octets(hex));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "67617262616765", // Text.
                "005370c10100" + DATA, // A header that is a map.
                "005370c00401a10178" + DATA, // A header's first field is a string.
                "005370c00403404080" + DATA,
                "005370c00706404040404040" + DATA, // Too many fields.
                "005373c00803404070" + "00000001" + DATA, // An address that is a number.
                "005373c0090440404070" + "00000001" + DATA,
                "005373c00f0e" + "4040404040404040404040404040" + DATA,
                "005372c1050254015401" + DATA, // An annotation by number.
                "005371c104023f0154" + DATA,
                "5701", // Constructors that there are not.
                "01",
                "3f",
                "ffff",
                "005372c1", // Cut off.
                "00",
                "0053",
                "00537f"
            })
    void whatArtemisClosesTheConnectionForDoesNot(String hex) {
        costsTheConnection(false, octets(hex));
    }

    private static void assertOfConnection(AmqpError error) {
        assertThat(error.condition()).isEqualTo(AmqpError.INTERNAL_ERROR);
        assertThat(error.scope()).isEqualTo(AmqpError.Scope.CONNECTION);
    }

    /** A message whose head has so many octets of annotations, and a body of so many. */
    private static byte[] message(int annotation, int body) {
        return ByteBuffer.allocate(annotation + body + 41)
                .put(octets("00537045005372d1"))
                .putInt(annotation + 12)
                .putInt(2)
                .put(octets("a30178b1"))
                .putInt(annotation)
                .put(new byte[annotation])
                .put(octets("005373c00401a10161"))
                .put(octets("005375b0"))
                .putInt(body)
                .put(new byte[body])
                .array();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 9, 15, 20, 40, 50, 55, 60})
    void aLargePartMayFollowOneThatEndsInASection(int cut) throws AmqpError {
        byte[] message = message(20, 300_000);
        MessageHead head = new MessageHead(false);
        head.begin();
        head.take(ByteBuffer.wrap(message), 0, cut, false);
        head.take(ByteBuffer.wrap(message), cut, 200_000, false);
        assertThat(head.octets()).isZero();
        head.take(ByteBuffer.wrap(message), 200_000, message.length, true);
    }

    @Test
    void whatFollowsOneSectionThatWasKeptIsReadAsWell() throws AmqpError {
        byte[] message = message(60_000, 300_000);
        message[60_027] = (byte) 0xC1; // The properties are a map.
        MessageHead head = new MessageHead(false);
        head.begin();
        head.take(ByteBuffer.wrap(message), 0, 20, false);
        assertThatThrownBy(() -> head.take(ByteBuffer.wrap(message), 20, 200_000, false))
                .isInstanceOfSatisfying(AmqpError.class, MessageHeadTest::assertOfConnection);
    }

    @Test
    void aPartMayFillTheBoundToTheLastOctet() throws AmqpError {
        byte[] message = message(60_000, 300_000);
        MessageHead head = new MessageHead(false);
        head.begin();
        head.take(ByteBuffer.wrap(message), 0, 40_000, false);
        head.take(ByteBuffer.wrap(message), 40_000, 4 + MessageHead.MOST_KEPT, false);
        head.take(ByteBuffer.wrap(message), 4 + MessageHead.MOST_KEPT, message.length, true);
        assertThat(head.octets()).isZero();
    }

    @Test
    void noMoreIsKeptThanABound() throws AmqpError {
        byte[] message = message(190_000, 10);
        MessageHead head = new MessageHead(false);
        head.begin();
        head.take(ByteBuffer.wrap(message), 0, 60_000, false);
        assertThat(head.octets()).isEqualTo(60_000 - 4);
        assertThatThrownBy(() -> head.take(ByteBuffer.wrap(message), 60_000, 80_000, false))
                .isInstanceOfSatisfying(
                        AmqpError.class, error -> assertThat(error.scope()).isEqualTo(AmqpError.Scope.LINK));
        byte[] body = message(20, 200_000);
        assertThatNoException().isThrownBy(() -> inParts(false, body, 1000));
    }

    @Test
    void itKeepsNothingOnceAMessageIsDone() throws AmqpError {
        byte[] message = message(20, 10);
        MessageHead head = new MessageHead(false);
        head.begin();
        head.take(ByteBuffer.wrap(message), 0, 30, false);
        assertThat(head.octets()).isPositive();
        head.begin();
        assertThat(head.octets()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                DATA,
                DATA + DATA,
                DATA + DATA + "005378c10100",
                "005370c006044150044042" + "005371c10100" + "005372c10100" + "00537345" + "005374c10100" + DATA,
                "005376c003015401" + "005376c003015401",
                "005377a103616263" + "005378d10000000400000000",
                "00537740",
                "0053775441", // More than a small value: the broker says what it thinks of the rest.
                "005377" + "0053ffa10178", // A described value.
                "005377" + "00a10178" + "0080000000000000000745" + "005378c10100", // One that is described twice.
                "005377" + "0000537545" + "45" + "005370c10100", // A descriptor that is described is not read.
                "00a310616d71703a646174613a62696e617279b00000000178",
                "005372c10702a10178a10179" + DATA, // An annotation by a string.
                "00800000000000000075a00178" + DATA,
                "005374c10502a3016b40" + DATA, // Names of application properties that are no strings.
                "005374c1050243a10178" + DATA,
                "005374c10802c0020140a10178" + DATA,
                "005374c1090200a3016145a10178" + DATA,
                // What Broker-J detaches the link for, it is asked.
                "67617262616765",
                "005370a10178" + DATA,
                "005375b000ffffff78",
                "00537f40",
                "00a340"
                        + "61616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161616161"
            })
    void whatBrokerJTakesOrAnswersItselfPasses(String hex) {
        passes(true, octets(hex));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0053704500537045" + DATA, // A section twice.
                "00537345" + "00537045" + DATA, // Too late.
                DATA + "00537045",
                DATA + "00537740", // Data beside a value.
                "00537740" + "00537740",
                "40", // Null in place of a section.
                "00537045" + "40" + DATA,
                DATA + "40",
                DATA + "005377" + "00532445", // Data beside a value that is described.
                "005377" + "0053ffa10178" + "005370c10100",
                "005377" + "00a10178" + "0080000000000000000745" + DATA,
                "005376c003015401" + DATA,
                DATA + "005378c10100" + DATA,
                "005378c10100" + "005378c10100",
                "005370c00706404040404040" + DATA, // Too many fields.
                "005373c0090440404070" + "00000001" + DATA, // An address that is a number.
                "005374c10502a1016b45" + DATA, // A list among the application properties.
                "005374c1050240a10178" + DATA // A name that is null.
            })
    void whatBrokerJClosesTheConnectionForDoesNotPass(String hex) {
        costsTheConnection(true, octets(hex));
    }

    @Test
    void aCharacterThatIsNoneCostsTheLinkInFrontOfBrokerJ() {
        byte[] octets = octets("005372c10902a30178737fffffff");
        assertThatThrownBy(() -> new MessageHead(true).check(ByteBuffer.wrap(octets), 0, octets.length))
                .isInstanceOfSatisfying(
                        AmqpError.class, error -> assertThat(error.scope()).isEqualTo(AmqpError.Scope.LINK));
    }

    @Test
    void ofALargeBodyOnlyTheBeginningsOfItsSectionsAreLookedAt() {
        byte[] message = ByteBuffer.allocate(300_016)
                .put(octets("005375b0"))
                .putInt(300_000)
                .put(new byte[300_000])
                .put(octets("0053704500000000"))
                .array();
        for (int part : new int[] {1, 7, 100_000, 300_016}) {
            assertThatThrownBy(() -> inParts(true, message, part))
                    .isInstanceOfSatisfying(AmqpError.class, MessageHeadTest::assertOfConnection);
        }
    }
}
