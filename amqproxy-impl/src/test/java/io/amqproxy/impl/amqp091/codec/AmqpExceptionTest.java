package io.amqproxy.impl.amqp091.codec;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AmqpExceptionTest {

    private static final String BEGINNING = "SYNTAX_ERROR - ";

    private static String text(int length) {
        String words = "x".repeat(length - BEGINNING.length());
        return AmqpException.connection(ReplyCode.SYNTAX_ERROR, words, 0).text();
    }

    @Test
    void aTextIsAsLongAsAShortStringMayBeAndEndsInDotsWhereItWasLonger() {
        assertThat(text(254)).hasSize(254).startsWith(BEGINNING).endsWith("x");
        assertThat(text(255)).hasSize(255).endsWith("x");
        assertThat(text(256)).hasSize(255).startsWith(BEGINNING).endsWith("x...");
        assertThat(text(1_000)).isEqualTo(text(256));
    }

    @Test
    void itCostsTheChannelOrTheConnectionOrLeavesNothingThatCanBeRead() {
        AmqpException channel = AmqpException.channel(ReplyCode.NOT_FOUND, "no queue", Method.QUEUE_BIND.id());
        AmqpException connection = AmqpException.connection(ReplyCode.NOT_ALLOWED, "no", 0);
        AmqpException framing = AmqpException.framing("no end");

        assertThat(channel.isChannelOnly()).isTrue();
        assertThat(channel.isFramingLost()).isFalse();
        assertThat(channel.methodId()).isEqualTo(Method.QUEUE_BIND.id());
        assertThat(connection.isChannelOnly()).isFalse();
        assertThat(connection.isFramingLost()).isFalse();
        assertThat(framing.isChannelOnly()).isFalse();
        assertThat(framing.isFramingLost()).isTrue();
        assertThat(framing.code()).isEqualTo(501);
    }
}
