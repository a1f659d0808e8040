package io.amqproxy.impl.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.Security;
import org.junit.jupiter.api.Test;

/** Who makes a runtime without what TLS needs is told its name. */
class EllipticCurvesTest {

    @Test
    void aJavaWithoutThemIsToldWhichModuleHasThem() {
        assertThat(EllipticCurves.advice(Security.getProviders("KeyFactory.EC")))
                .isEmpty();
        assertThat(EllipticCurves.advice(Security.getProviders("KeyFactory.NONE")))
                .contains("jlink needs --add-modules jdk.crypto.ec");
    }
}
