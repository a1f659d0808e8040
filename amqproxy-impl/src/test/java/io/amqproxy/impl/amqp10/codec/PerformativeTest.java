package io.amqproxy.impl.amqp10.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.amqproxy.impl.buffer.ByteQueue;
import io.amqproxy.impl.buffer.ChunkPool;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PerformativeTest {

    private final FrameComposer composer = new FrameComposer();
    private final Performative performative = new Performative();
    private final ByteQueue out = new ByteQueue(new ChunkPool(1 << 20));

    private ByteBuffer frame(FrameComposer composed) {
        composed.to(out);
        return ByteBuffer.wrap(out.toArray());
    }

    private Performative read(ByteBuffer frame) throws AmqpError {
        return performative.read(frame, FrameHeader.body(frame, 0), frame.limit());
    }

    private FrameComposer open() {
        return composer.begin(7, CompositeType.OPEN)
                .string("me")
                .none()
                .uint(65_536)
                .ushort(300)
                .none(3)
                .symbols(List.of("one", "two"))
                .none()
                .map(Map.of("key", "value"));
    }

    @Test
    void whatIsComposedIsRead() throws AmqpError {
        ByteBuffer frame = frame(open());
        assertThat(FrameHeader.check(frame, 0, 512, FrameHeader.TYPE_AMQP)).isEqualTo(frame.limit());
        assertThat(FrameHeader.channel(frame, 0)).isEqualTo(7);

        Performative open = read(frame);
        assertThat(open.type()).isEqualTo(CompositeType.OPEN);
        assertThat(open.text(Performative.OPEN_CONTAINER_ID)).isEqualTo("me");
        assertThat(open.has(Performative.OPEN_HOSTNAME)).isFalse();
        assertThat(open.uint(Performative.OPEN_MAX_FRAME_SIZE, 0)).isEqualTo(65_536);
        assertThat(open.ushort(Performative.OPEN_CHANNEL_MAX, 0)).isEqualTo(300);
        assertThat(open.symbols(Performative.OPEN_OFFERED_CAPABILITIES)).containsExactly("one", "two");
        assertThat(open.hasSymbol(Performative.OPEN_OFFERED_CAPABILITIES, "two"))
                .isTrue();
        assertThat(open.hasKey(Performative.OPEN_PROPERTIES, "key")).isTrue();
        assertThat(open.hasKey(Performative.OPEN_PROPERTIES, "value")).isFalse();
        assertThat(open.end()).isEqualTo(frame.limit());
    }

    @Test
    void whatIsCutOffIsRefusedWhereverItIsCut() {
        ByteBuffer frame = frame(open());
        for (int length = FrameHeader.LENGTH; length < frame.limit(); length++) {
            int end = length;
            assertThatThrownBy(() -> performative.read(frame, FrameHeader.LENGTH, end))
                    .as("cut at %s", length)
                    .isInstanceOf(AmqpError.class);
        }
    }

    @Test
    void aFieldThatHasToBeThereIsMissed() {
        ByteBuffer transfer =
                frame(composer.begin(0, CompositeType.TRANSFER).none().uint(1));
        assertThatThrownBy(() -> read(transfer)).isInstanceOf(AmqpError.class).hasMessageContaining("missing");
    }

    @Test
    void aFieldOfAnotherTypeIsRefused() {
        ByteBuffer transfer = frame(composer.begin(0, CompositeType.TRANSFER).string("handle"));
        assertThatThrownBy(() -> read(transfer)).isInstanceOf(AmqpError.class).hasMessageContaining("wrong type");
    }

    @Test
    void moreFieldsThanThereAreAreRefused() {
        ByteBuffer end = frame(composer.begin(0, CompositeType.END).none().none());
        assertThatThrownBy(() -> read(end)).isInstanceOf(AmqpError.class).hasMessageContaining("too many");
    }

    @Test
    void valuesThatLieTooDeepInEachOtherAreRefusedAndNotFollowed() {
        byte[] lists = new byte[3 * 100_000];
        for (int i = 0; i + 3 <= lists.length; i += 3) {
            lists[i] = (byte) FormatCode.LIST_8;
            lists[i + 1] = (byte) 0xFF;
            lists[i + 2] = 1;
        }
        assertThatThrownBy(() -> Values.skip(ByteBuffer.wrap(lists), 0, lists.length))
                .isInstanceOf(AmqpError.class);
    }

    @Test
    void anArrayOfNothingsOfAnyNumberCostsNothing() throws AmqpError {
        ByteBuffer array = ByteBuffer.allocate(10)
                .put((byte) FormatCode.ARRAY_32)
                .putInt(5)
                .putInt(-1)
                .put((byte) FormatCode.NULL);
        assertThat(Values.skip(array, 0, array.limit())).isEqualTo(10);
        assertThatThrownBy(() -> Values.skipStrictly(array, 0, array.limit())).isInstanceOf(AmqpError.class);
    }

    /** Artemis takes them in messages, and no broker does in performatives. */
    @Test
    void aCharBeyondUnicodeIsAnAffairOfPerformativesOnly() throws AmqpError {
        ByteBuffer character = ByteBuffer.allocate(5).put((byte) 0x73).putInt(Integer.MAX_VALUE);
        assertThat(Values.skip(character, 0, character.limit())).isEqualTo(5);
        assertThatThrownBy(() -> Values.skipStrictly(character, 0, character.limit()))
                .isInstanceOf(AmqpError.class);
    }

    @Test
    void anErrorHasItsConditionAndItsText() throws AmqpError {
        Performative close =
                read(frame(composer.begin(0, CompositeType.CLOSE).error(AmqpError.NOT_FOUND, "no such thing")));
        assertThat(close.error(Performative.CLOSE_ERROR)).isEqualTo(AmqpError.NOT_FOUND);
        assertThat(Values.errorText(close.buffer(), close.at(Performative.CLOSE_ERROR)))
                .isEqualTo("no such thing");
    }

    private Performative read(String digits) throws AmqpError {
        ByteBuffer in = ByteBuffer.wrap(HexFormat.of().parseHex("c0ff" + digits.replace(" ", "") + "40"));
        return performative.read(in, 2, in.limit() - 1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00 53 16 c0 03 01 52 07",
                "00 80 0000000000000016 c0 03 01 52 07",
                "00 a3 10 616d71703a6465746163683a6c697374 c0 03 01 52 07",
                "00 53 16 d0 00000006 00000001 52 07",
                "00 80 0000000000000016 d0 00000006 00000001 52 07",
                "00 53 16 c0 04 02 52 07 40",
            })
    void aPerformativeIsReadInEachOfItsForms(String digits) throws AmqpError {
        Performative detach = read(digits);

        assertThat(detach.type()).isEqualTo(CompositeType.DETACH);
        assertThat(detach.uint(0, -1)).isEqualTo(7);
        assertThat(detach.end()).isEqualTo(2 + HexFormat.of().parseHex(digits.replace(" ", "")).length);
    }

    @ParameterizedTest
    @CsvSource({
        "40, performative expected",
        "00 53 16 40, a performative is a list",
        "00 53 ff 45, unknown performative",
        "00 80 0000000100000016 45, unknown performative",
        "00 a3 02 6161 45, unknown performative",
        "00 a0 01 16 45, unknown performative",
        "00 53 16 c0 04 01 52 07 40, DETACH whose size does not fit to its fields",
        "00 53 16 c0 04 01 52 07, performative is cut off",
        "00 53 16 d0 00000007 00000001 52 07, performative is cut off",
        "00 53 16 c0 00 01 52 07, performative is cut off",
        "00 53 16 d0 00000003 00000001 52 07, performative is cut off",
        "00 53 16 d0 00000006, performative is cut off",
        "00 53 16 c0, performative is cut off",
        "00 53 16 d0 00000006 80000001 52 07, DETACH whose size does not fit to its fields",
        "00 53 16 c0 06 04 52 07 40 40 40, too many fields in DETACH",
    })
    void whatIsNoPerformativeIsRefused(String digits, String words) {
        assertThatThrownBy(() -> read(digits)).isInstanceOf(AmqpError.class).hasMessage(words);
    }

    private void checkAttach(int senderMode, int receiverMode) throws AmqpError {
        read(frame(composer.begin(0, CompositeType.ATTACH)
                        .string("link")
                        .uint(0)
                        .bool(false)
                        .ubyte(senderMode)
                        .ubyte(receiverMode)))
                .checkValues(true);
    }

    @Test
    void aModeOfSettlementIsOneOfThoseThatThereAre() throws AmqpError {
        checkAttach(2, 1);
        assertThatThrownBy(() -> checkAttach(3, 1)).hasMessage("settle mode 3");
        assertThatThrownBy(() -> checkAttach(2, 2)).hasMessage("settle mode 2");
        read("00 53 14 c0 09 07 43 40 40 40 40 40 50 01").checkValues(true);
        assertThatThrownBy(
                        () -> read("00 53 14 c0 09 07 43 40 40 40 40 40 50 02").checkValues(true))
                .hasMessage("settle mode 2");
    }

    /** Of one delivery, which has this state. */
    private Performative disposition(String state) throws AmqpError {
        int size = 5 + state.replace(" ", "").length() / 2;
        return read("00 53 15 c0 " + HexFormat.of().toHexDigits((byte) size) + " 05 41 43 40 40 " + state);
    }

    @ParameterizedTest
    @CsvSource({
        "00 53 23 c0 03 02 40 40, false, false",
        "00 53 24 45, false, true",
        "00 53 25 c0 01 00, true, true",
        "00 53 26 45, false, true",
        "00 53 27 45, false, true",
        "40, false, false",
    })
    void aStateIsAnOutcomeOrNone(String state, boolean isRejection, boolean isOutcome) throws AmqpError {
        Performative disposition = disposition(state);

        assertThat(disposition.isRejection()).isEqualTo(isRejection);
        assertThat(disposition.isOutcome()).isEqualTo(isOutcome);
        assertThat(disposition.isTransactional()).isFalse();
        assertThat(disposition.acceptsInTransaction()).isFalse();
        assertThat(disposition.declared()).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "00 53 34 c0 09 02 a0 02 0708 00 53 24 45, true",
        "00 53 34 c0 09 02 a0 02 0708 00 53 25 45, false",
        "00 53 34 c0 05 01 a0 02 0708, false",
    })
    void aStateInATransactionNamesIt(String state, boolean isAccepted) throws AmqpError {
        Performative disposition = disposition(state);

        assertThat(disposition.isTransactional()).isTrue();
        assertThat(disposition.acceptsInTransaction()).isEqualTo(isAccepted);
        assertThat(disposition.isOutcome()).isFalse();
        assertThat(disposition.idLength(disposition.transaction())).isEqualTo(2);
        assertThat(Values.content(disposition.buffer(), disposition.transaction()))
                .containsExactly(7, 8);
        assertThat(disposition.declared()).isNull();
    }

    @Test
    void aTransactionThatWasDeclaredHasAName() throws AmqpError {
        assertThat(disposition("00 53 33 c0 05 01 a0 02 0708").declared()).containsExactly(7, 8);
        assertThat(disposition("00 53 33 c0 04 01 a1 01 61").declared()).isNull();
        assertThat(disposition("00 53 33 45").declared()).isNull();
        assertThat(disposition("00 53 33 c0 04 01 a0 01 07").isTransactional()).isFalse();
    }

    @Test
    void fieldsAreEmptyOrHaveOctets() throws AmqpError {
        Performative open = read(frame(open()));

        assertThat(open.hasSymbol(Performative.OPEN_OFFERED_CAPABILITIES, "three"))
                .isFalse();
        assertThat(open.hasSymbol(Performative.OPEN_DESIRED_CAPABILITIES, "two"))
                .isFalse();
        assertThat(open.textOf(Performative.OPEN_PROPERTIES, "key")).isEqualTo("value");
        assertThat(open.textOf(Performative.OPEN_HOSTNAME, "key")).isNull();
        assertThat(open.toString()).contains("OPEN");
    }

    private Performative detach(String error) throws AmqpError {
        int size = 3 + error.replace(" ", "").length() / 2;
        return read("00 53 16 c0 " + HexFormat.of().toHexDigits((byte) size) + " 03 43 40 " + error);
    }

    @Test
    void whatLiesInFieldsIsChecked() throws AmqpError {
        detach("00 53 1d c0 04 01 a30161").checkValues(true);
        disposition("00 53 24 45").checkValues(true);
        read("00 53 14 c0 0c 08 43 40 40 40 40 40 40 00 53 24 45").checkValues(true);

        String accepted = "amqp:accepted:list where another type has to be";
        String source = "amqp:source:list where another type has to be";
        assertThatThrownBy(() -> detach("00 53 24 45").checkValues(true)).hasMessage(accepted);
        assertThatThrownBy(() -> detach("00 53 1d 45").checkValues(true)).hasMessageEndingWith("is missing");
        assertThatThrownBy(() -> disposition("00 53 28 45").checkValues(true)).hasMessage(source);
        assertThatThrownBy(() -> read("00 53 14 c0 0c 08 43 40 40 40 40 40 40 00 53 28 45")
                        .checkValues(true))
                .hasMessage(source);
        assertThatThrownBy(() -> read("00 53 18 c0 05 01 00 53 24 45").checkValues(true))
                .hasMessage(accepted);
    }

    @Test
    void arraysAreCheckedInAllFieldsAndInTheStatesOfTransfers() throws AmqpError {
        read("00 53 10 c0 0f 0a a10161 40 40 40 40 40 40 40 40 c1 01 00").checkArrays();
        read("00 53 14 c0 12 08 43 40 40 40 40 40 40 00 53 34 c0 05 01 a0 02 0708")
                .checkArrays();

        assertThatThrownBy(() -> read("00 53 10 c0 17 0a a10161 40 40 40 40 40 40 40 40 c1 09 02 a10178 e003015201")
                        .checkArrays())
                .isInstanceOf(AmqpError.class);
        assertThatThrownBy(() -> read("00 53 14 c0 13 08 43 40 40 40 40 40 40 00 53 34 c0 06 01 e003015201")
                        .checkArrays())
                .isInstanceOf(AmqpError.class);
    }

    @Test
    void withoutFieldsItEndsBehindItsList() throws AmqpError {
        assertThat(read("00 53 17 45").end()).isEqualTo(6);
        assertThatThrownBy(() -> read("00 53 16 45")).hasMessage("field 0 of DETACH is missing");
        assertThatThrownBy(() -> read("00 53 12 c0 06 02 a10161 52 01")).hasMessage("field 2 of ATTACH is missing");
    }

    @Test
    void fieldsAreTakenAsTheyAreEncoded() throws AmqpError {
        Performative transfer = read("00 53 14 c0 0a 05 43 40 a0 02 0708 52 01 41");

        assertThat(transfer.content(2)).containsExactly(7, 8);
        assertThat(transfer.content(1)).isEmpty();
        assertThat(transfer.raw(3)).containsExactly(0x52, 1);
        assertThat(transfer.raw(1)).isNull();
        assertThat(transfer.raws(1, 3)).containsExactly(0x40, 0xA0, 2, 7, 8, 0x52, 1);
        assertThat(transfer.countBehind(2)).isEqualTo(2);
        assertThat(transfer.countBehind(9)).isZero();
        Performative open = read("00 53 10 c0 0f 0a a10161 40 40 40 40 40 40 40 40 c1 01 00");
        assertThat(open.isEmpty(Performative.OPEN_PROPERTIES)).isTrue();
        assertThat(open.isEmpty(Performative.OPEN_HOSTNAME)).isTrue();
        assertThat(open.isEmpty(Performative.OPEN_CONTAINER_ID)).isFalse();
    }

    @Test
    void whatAnErrorSaysForProgramsIsItsMap() throws AmqpError {
        Performative detach = detach("00 53 1d c0 08 03 a30161 40 c1 01 00");

        assertThat(detach.errorInfo(Performative.DETACH_ERROR, 3)).containsExactly(0xC1, 1, 0);
        assertThat(detach.errorInfo(Performative.DETACH_ERROR, 2)).isNull();
        assertThat(detach.errorInfo(0, 3)).isNull();
        assertThat(detach("00 53 1d c0 05 02 a30161 40").errorInfo(Performative.DETACH_ERROR, 3))
                .isNull();
    }
}
