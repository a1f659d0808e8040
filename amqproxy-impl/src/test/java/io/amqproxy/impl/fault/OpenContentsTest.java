package io.amqproxy.impl.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OpenContentsTest {

    private final OpenContents contents = new OpenContents();

    @Test
    void aMessageIsOpenFromItsMethodToTheLastOctetOfItsBody() {
        contents.onMethod(3);
        assertThat(contents.isOpen(3)).isTrue();
        contents.onHeader(3, 10);
        contents.onBody(3, 4);
        assertThat(contents.isOpen(3)).isTrue();
        contents.onBody(3, 6);
        assertThat(contents.isOpen(3)).isFalse();
    }

    @Test
    void anEmptyOneEndsWithItsHeader() {
        contents.onMethod(1);
        contents.onHeader(1, 0);
        assertThat(contents.isOpen(1)).isFalse();
    }

    @Test
    void whatOtherChannelsAreToldIsTheirOwnAffair() {
        contents.onMethod(1);
        contents.onMethod(2);
        contents.onHeader(2, 0);
        assertThat(contents.isOpen(1)).isTrue();
        assertThat(contents.isOpen(2)).isFalse();
    }

    @Test
    void aMessageWhoseMethodWasNotSeenIsNotCounted() {
        contents.onHeader(1, 5);
        contents.onBody(1, 2);
        assertThat(contents.isOpen(1)).isFalse();
    }

    @Test
    void aChannelThatIsClosedHasNone() {
        contents.onMethod(1);
        contents.forget(1);
        assertThat(contents.isOpen(1)).isFalse();
    }
}
