package io.amqproxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.Security;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ResolverCacheTest {

    private final String negative = Security.getProperty(ResolverCache.NEGATIVE_TTL);

    @AfterEach
    void restore() {
        Security.setProperty(ResolverCache.TTL, "");
        Security.setProperty(ResolverCache.NEGATIVE_TTL, negative);
    }

    @Test
    void whatWasSetForTheJvmIsLeftAsItIs() {
        Security.setProperty(ResolverCache.TTL, "77");
        Security.setProperty(ResolverCache.NEGATIVE_TTL, "7");
        ResolverCache.shorten();
        assertThat(Security.getProperty(ResolverCache.TTL)).isEqualTo("77");
        assertThat(Security.getProperty(ResolverCache.NEGATIVE_TTL)).isEqualTo("7");
    }
}
